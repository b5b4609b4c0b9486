#include "support/net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "support/deadline.h"

namespace zdr::test {
namespace {

bool enable(const UniqueFd& fd, int level, int option) {
    const int one = 1;
    return setsockopt(fd.get(), level, option, &one, sizeof one) == 0;
}

// A call that never returns would hide which test it was.
void limit_waiting(const UniqueFd& fd) {
    const timeval patience{stretched(kPatience).count() / 1000, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

template <class Call>
Attempt attempt(Attempt opened, Call&& call) {
    if (opened.error != 0) return opened;
    const auto begin = std::chrono::steady_clock::now();
    opened.error = call(opened.fd.get()) == 0 ? 0 : errno;
    opened.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    return opened;
}

}  // namespace

Place::Place(const std::string& ip, std::uint16_t port) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, ip.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        size_ = sizeof v4;
        std::memcpy(&storage_, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        size_ = sizeof v6;
        std::memcpy(&storage_, &v6, sizeof v6);
    } else {
        throw std::invalid_argument(ip + " is no address");
    }
}

std::string Attempt::refusal() const {
    if (error == 0) return "";
    const char* name = strerrorname_np(error);
    return name == nullptr ? std::to_string(error) : name;
}

Attempt open_socket(sa_family_t family, const SocketOptions& options) {
    Attempt out{UniqueFd(socket(family, options.type | SOCK_CLOEXEC, options.protocol)), 0};
    if (!out.fd) {
        out.error = errno;
        return out;
    }
    limit_waiting(out.fd);
    if (options.reuse_address) enable(out.fd, SOL_SOCKET, SO_REUSEADDR);
    if (options.reuse_port) enable(out.fd, SOL_SOCKET, SO_REUSEPORT);
    if (options.only_v6) enable(out.fd, IPPROTO_IPV6, IPV6_V6ONLY);
    return out;
}

Attempt connect_to(const std::string& ip, std::uint16_t port, const SocketOptions& options) {
    const Place place(ip, port);
    return attempt(open_socket(place.family(), options),
                   [&](int fd) { return connect(fd, place.address(), place.size()); });
}

Attempt bind_to(const std::string& ip, std::uint16_t port, const SocketOptions& options) {
    const Place place(ip, port);
    return attempt(open_socket(place.family(), options),
                   [&](int fd) { return bind(fd, place.address(), place.size()); });
}

Attempt listen_on(const std::string& ip, std::uint16_t port, const SocketOptions& options) {
    return attempt(bind_to(ip, port, options), [](int fd) { return listen(fd, SOMAXCONN); });
}

std::string peer_of(const UniqueFd& fd) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd.get(), reinterpret_cast<sockaddr*>(&peer), &size) != 0) return strerrorname_np(errno);
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    if (getnameinfo(reinterpret_cast<sockaddr*>(&peer), size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return "?";
    const std::string ip = host;
    return (ip.find(':') == std::string::npos ? ip : "[" + ip + "]") + ":" + port;
}

std::string read_all(const UniqueFd& fd) {
    std::string out;
    char piece[256];
    for (;;) {
        const ssize_t got = recv(fd.get(), piece, sizeof piece, 0);
        if (got < 0) return strerrorname_np(errno);
        if (got == 0) return out;
        out.append(piece, static_cast<std::size_t>(got));
    }
}

std::string ask(const std::string& ip, std::uint16_t port) {
    const Attempt attempt = connect_to(ip, port);
    return attempt.error == 0 ? read_all(attempt.fd) : attempt.refusal();
}

bool becomes_readable(const UniqueFd& fd) {
    pollfd event{fd.get(), POLLIN, 0};
    return poll(&event, 1, static_cast<int>(stretched(kPatience).count())) == 1;
}

}  // namespace zdr::test
