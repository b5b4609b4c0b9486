#include "remote_echo.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <system_error>
#include <vector>

#include "support/deadline.h"

namespace zdr::test {
namespace {

bool send_all(int fd, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        data += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

Echo::Echo(const std::string& address, std::uint16_t port) : stop_(eventfd(0, EFD_CLOEXEC)) {
    SocketOptions options;
    options.reuse_address = true;
    Attempt listening = listen_on(address, port, options);
    if (listening.error != 0) throw std::system_error(listening.error, std::generic_category(), "listen on " + address);
    listener_ = std::move(listening.fd);
    thread_ = std::thread([this] { accept_all(); });
}

Echo::~Echo() {
    eventfd_write(stop_.get(), 1);
    thread_.join();
    for (Connection& one : connections_) {
        shutdown(one.fd.get(), SHUT_RDWR);
        one.thread.join();
    }
}

void Echo::accept_all() {
    pollfd events[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (poll(events, 2, -1) >= 0 && events[1].revents == 0) {
        Connection& one = connections_.emplace_back();
        one.fd.reset(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ++open_;
        one.thread = std::thread([this, fd = one.fd.get()] { repeat(fd); });
    }
}

void Echo::repeat(int fd) {
    std::vector<char> piece(64 * 1024);
    for (;;) {
        const ssize_t got = recv(fd, piece.data(), piece.size(), 0);
        if (got <= 0 || !send_all(fd, piece.data(), static_cast<std::size_t>(got))) break;
    }
    shutdown(fd, SHUT_RDWR);
    --open_;
}

std::string say(const UniqueFd& fd, const std::string& text) {
    auto sending =
        std::async(std::launch::async, [&] { return send_all(fd.get(), text.data(), text.size()) ? 0 : errno; });
    std::string out;
    std::vector<char> piece(64 * 1024);
    while (out.size() < text.size()) {
        const ssize_t got = recv(fd.get(), piece.data(), piece.size(), 0);
        if (got <= 0) {
            const int error = got < 0 ? errno : 0;
            shutdown(fd.get(), SHUT_RDWR);
            sending.get();
            return error == 0 ? "" : strerrorname_np(error);
        }
        out.append(piece.data(), static_cast<std::size_t>(got));
    }
    sending.get();
    return out;
}

bool is_reset_soon(const UniqueFd& fd) {
    const timeval moment{0, 50'000};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
    return eventually(
        [&] {
            char byte = 'x';
            if (send(fd.get(), &byte, 1, MSG_NOSIGNAL) < 0) return errno == ECONNRESET || errno == EPIPE;
            return recv(fd.get(), &byte, 1, 0) < 0 && errno == ECONNRESET;
        },
        std::chrono::seconds(3));
}

std::string many_bytes(std::size_t count) {
    std::string out(count, '\0');
    std::uint32_t state = 1;
    for (char& one : out) {
        state = state * 1664525U + 1013904223U;
        one = static_cast<char>(state >> 24);
    }
    return out;
}

}  // namespace zdr::test
