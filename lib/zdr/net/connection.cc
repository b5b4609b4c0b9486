#include "zdr/net/connection.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "zdr/net/local_addresses.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Within that time, whatever the deadline: there may be more addresses to try.
Result<UniqueFd> connect_in(const SocketAddress& address, milliseconds time, const Deadline& deadline) {
    UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail_errno("socket");
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return fd;
    if (errno != EINPROGRESS && errno != EINTR) return fail_errno("connect");
    const auto ready = wait_for(fd, POLLOUT, time);
    if (!ready) return tl::unexpected(ready.error());
    if (!*ready) return deadline.missed("no connection");
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return fail_errno("getsockopt");
    if (error != 0) return fail_errno("connect", error);
    return fd;
}

template <class Family>
SocketAddress stored(const Family& address) {
    SocketAddress out;
    std::memcpy(&out.storage, &address, sizeof address);
    out.size = sizeof address;
    return out;
}

}  // namespace

milliseconds Deadline::left() const {
    return std::max(std::chrono::ceil<milliseconds>(end_ - steady_clock::now()), {});
}

tl::unexpected<Error> Deadline::missed(std::string_view what) const {
    return fail(Errc::kFailed, fmt::format("{} within {} ms", what, within_.count()));
}

Result<bool> wait_for(const UniqueFd& fd, short events, milliseconds time) {
    const auto end = steady_clock::now() + time;
    for (;;) {
        pollfd one{.fd = fd.get(), .events = events, .revents = 0};
        const auto left = std::max(std::chrono::ceil<milliseconds>(end - steady_clock::now()), {});
        const int ready = poll(&one, 1, static_cast<int>(std::min<milliseconds::rep>(left.count(), 1 << 30)));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return fail_errno("poll");
        if (ready == 0 && steady_clock::now() >= end) return false;
    }
}

SocketAddress socket_address(const Address& address, Port port) {
    const auto& words = address.words();
    if (address.is_v4()) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = port.network();
        to.sin_addr.s_addr = words[3];
        return stored(to);
    }
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = port.network();
    std::memcpy(&to.sin6_addr, words.data(), sizeof to.sin6_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&to.sin6_addr)) to.sin6_scope_id = interface_of(address).value_or(0);
    return stored(to);
}

Result<UniqueFd> connect_to(const SocketAddress& address, const Deadline& deadline) {
    return connect_in(address, deadline.left(), deadline);
}

Result<UniqueFd> connect_to(const std::string& host, Port port, const Deadline& deadline) {
    const auto addresses = look_up_host(host, port, deadline.left());
    if (!addresses) return tl::unexpected(addresses.error());
    Result<UniqueFd> fd = fail(Errc::kFailed, "the host has no address");
    auto remaining = static_cast<milliseconds::rep>(addresses->size());
    for (const SocketAddress& address : *addresses) {
        fd = connect_in(address, deadline.left() / remaining--, deadline);
        if (fd) break;
    }
    return fd;
}

}  // namespace zdr
