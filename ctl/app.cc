#include "ctl/app.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "zdr/text.h"
#include "zdr/unique_fd.h"

namespace zdr::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kScheme = "http://";
constexpr std::size_t kStatusLine = 12;  // bytes of "HTTP/1.1 200"

// False at the deadline.
bool wait_until(int fd, short events, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return false;
        pollfd waited{.fd = fd, .events = events, .revents = 0};
        const int ready = poll(&waited, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

// A connected socket, or errno.
Result<UniqueFd> connect_to(const sockaddr* address, socklen_t size, Clock::time_point deadline) {
    UniqueFd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno("make a socket");
    if (connect(socket.get(), address, size) == 0) return socket;
    if (errno != EINPROGRESS) return fail_errno("connect");
    if (!wait_until(socket.get(), POLLOUT, deadline)) return fail(Errc::kFailed, "connect: no answer in time");
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0)
        return fail_errno("connect", error);
    return socket;
}

bool accepts_at(const Address& address, Port port, Clock::time_point deadline) {
    const auto& words = address.words();
    if (address.is_v4()) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = port.network();
        to.sin_addr.s_addr = words[3];
        return connect_to(reinterpret_cast<const sockaddr*>(&to), sizeof to, deadline).has_value();
    }
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = port.network();
    std::memcpy(&to.sin6_addr, words.data(), sizeof to.sin6_addr);
    return connect_to(reinterpret_cast<const sockaddr*>(&to), sizeof to, deadline).has_value();
}

Result<UniqueFd> connect_to_url(const Url& url, Clock::time_point deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found); error != 0)
        return fail(Errc::kFailed, fmt::format("look up {}: {}", in_quotes(url.host), gai_strerror(error)));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
    Result<UniqueFd> socket = fail(Errc::kFailed, "connect: no address");
    for (const addrinfo* one = found; one != nullptr && !socket; one = one->ai_next)
        socket = connect_to(one->ai_addr, one->ai_addrlen, deadline);
    return socket;
}

Result<int> status_of(std::string_view line) {
    int status = 0;
    if (line.starts_with("HTTP/1.") && line.size() >= kStatusLine && line[8] == ' ' &&
        std::from_chars(line.data() + 9, line.data() + kStatusLine, status).ec == std::errc() && status >= 100)
        return status;
    return fail(Errc::kFailed, "the answer is not HTTP");
}

}  // namespace

bool accepts(const Server& server, std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    if (server.addresses.empty())
        return accepts_at(*Address::parse("127.0.0.1"), server.app_port, deadline) ||
               accepts_at(*Address::parse("::1"), server.app_port, deadline);
    for (const Address& address : server.addresses)
        if (!accepts_at(address, server.app_port, deadline)) return false;
    return true;
}

Result<Url> parse_url(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return fail(Errc::kUsage, fmt::format("{} is no URL to ask: {}", in_quotes(text), why));
    };
    if (!text.starts_with(kScheme)) return wrong("it does not begin with http://");
    if (printable(text) != text || text.find(' ') != text.npos) return wrong("it has blanks or control characters");
    std::string_view authority = text.substr(kScheme.size());
    const auto path_at = authority.find_first_of("/?");
    const std::string_view path = path_at == authority.npos ? "" : authority.substr(path_at);
    authority = authority.substr(0, path_at);
    std::string_view port = "80";
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
        port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
        if (!Port::parse(port)) return wrong("its port is none");
    }
    if (authority.size() > 2 && authority.front() == '[' && authority.back() == ']')
        authority = authority.substr(1, authority.size() - 2);
    if (authority.empty()) return wrong("it has no host");
    return Url{std::string(authority), std::string(port), fmt::format("{}{}", path.starts_with('/') ? "" : "/", path)};
}

Result<int> http_status(const Url& url, std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    auto socket = connect_to_url(url, deadline);
    if (!socket) return tl::unexpected(std::move(socket.error()));
    const bool is_v6 = url.host.find(':') != std::string::npos;
    const auto request =
        fmt::format("GET {} HTTP/1.1\r\nHost: {}{}{}:{}\r\nUser-Agent: zdrctl\r\nConnection: close\r\n\r\n", url.path,
                    is_v6 ? "[" : "", url.host, is_v6 ? "]" : "", url.port);
    if (send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return fail_errno("ask");
    std::string line;
    while (line.size() < kStatusLine) {
        if (!wait_until(socket->get(), POLLIN, deadline)) return fail(Errc::kFailed, "no answer in time");
        char buffer[kStatusLine];
        const ssize_t size = recv(socket->get(), buffer, kStatusLine - line.size(), 0);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return fail_errno("read the answer");
        if (size == 0) break;
        if (size > 0) line.append(buffer, static_cast<std::size_t>(size));
    }
    return status_of(line);
}

}  // namespace zdr::ctl
