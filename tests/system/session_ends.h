// Sessions with both ends in the test's hands.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/net.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {

inline UniqueFd listen_anew(const std::string& ip, std::uint16_t port) {
    SocketOptions options;
    options.reuse_address = true;  // connections of an earlier app may linger in TIME_WAIT
    Attempt listening = listen_on(ip, port, options);
    if (listening.error != 0) throw std::runtime_error("listen on " + ip + ": " + listening.refusal());
    return std::move(listening.fd);
}

struct Ends {
    UniqueFd client;
    UniqueFd app;
};

// A connection to ip and port that this listener accepts. Throws std::runtime_error.
inline Ends open_session(const UniqueFd& listener, const std::string& ip, std::uint16_t port) {
    Attempt connected = connect_to(ip, port);
    if (connected.error != 0) throw std::runtime_error("connect to " + ip + ": " + connected.refusal());
    UniqueFd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) throw std::runtime_error("accept a connection to " + ip);
    return {std::move(connected.fd), std::move(accepted)};
}

// One end speaks and the other hears it all. Throws std::runtime_error.
inline void tell(const UniqueFd& from, const UniqueFd& to) {
    std::array<char, 100> text{};
    if (send(from.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()) ||
        recv(to.get(), text.data(), text.size(), MSG_WAITALL) != static_cast<ssize_t>(text.size()))
        throw std::runtime_error("send through a session");
}

inline void ask(const Ends& ends) {
    tell(ends.client, ends.app);
}

inline void answer(const Ends& ends) {
    tell(ends.app, ends.client);
}

// Ends a connection as HAProxy ends its checks; no TIME_WAIT is left.
inline void end_with_reset(UniqueFd fd) {
    const linger at_once{1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace zdr::test
