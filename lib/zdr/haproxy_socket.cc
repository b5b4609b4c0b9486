#include "zdr/haproxy_socket.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "zdr/host_lookup.h"
#include "zdr/text.h"
#include "zdr/unique_fd.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Deadline {
  public:
    explicit Deadline(milliseconds within) : within_(within), end_(steady_clock::now() + within) {}

    steady_clock::time_point end() const { return end_; }
    // Rounded up, so that a wait of that length ends after the deadline.
    milliseconds left() const { return std::max(std::chrono::ceil<milliseconds>(end_ - steady_clock::now()), {}); }
    tl::unexpected<Error> missed(std::string_view what) const {
        return fail(Errc::kFailed, fmt::format("{} within {} ms", what, within_.count()));
    }

  private:
    milliseconds within_;
    steady_clock::time_point end_;
};

// Until the descriptor is ready, or that time is over (false).
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

Result<HaproxyEndpoint> parse_path(HaproxyEndpoint::Kind kind, std::string_view name, std::string_view text) {
    if (name.empty() || name.find('\0') != std::string_view::npos)
        return fail(Errc::kUsage, in_quotes(text) + " names no socket");
    constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
    if (name.size() > kLongest)
        return fail(Errc::kUsage,
                    fmt::format("{} is too long for a socket's path; at most {} bytes fit", in_quotes(text), kLongest));
    return HaproxyEndpoint{kind, std::string(name), std::nullopt, std::string(text)};
}

SocketAddress unix_address(const HaproxyEndpoint& endpoint) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // HAProxy's abstract names fill the whole field ("abns@" in its configuration manual).
    const std::size_t skipped = endpoint.kind == HaproxyEndpoint::Kind::kAbstract ? 1 : 0;
    endpoint.name.copy(address.sun_path + skipped, sizeof address.sun_path - 1);
    SocketAddress out;
    std::memcpy(&out.storage, &address, sizeof address);
    out.size = sizeof address;
    return out;
}

// connect() on a Unix socket waits where many are waiting already, and for that it keeps SO_SNDTIMEO.
Result<UniqueFd> connect_unix(const HaproxyEndpoint& endpoint, const Deadline& deadline) {
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return fail_errno("socket");
    const SocketAddress address = unix_address(endpoint);
    for (;;) {
        const auto left = deadline.left();
        if (left.count() == 0) return deadline.missed("it takes no connection");
        const timeval time{.tv_sec = left.count() / 1000, .tv_usec = (left.count() % 1000) * 1000};
        if (setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0) return fail_errno("setsockopt");
        if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return fd;
        if (errno != EINTR && errno != EAGAIN) return fail_errno("connect");
    }
}

// Within that time, whatever the deadline: there may be more addresses to try.
Result<UniqueFd> connect_tcp(const SocketAddress& address, milliseconds time, const Deadline& deadline) {
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

Result<UniqueFd> connect_within(const HaproxyEndpoint& endpoint, const Deadline& deadline) {
    if (endpoint.kind != HaproxyEndpoint::Kind::kTcp) return connect_unix(endpoint, deadline);
    const auto addresses = look_up_host(endpoint.name, *endpoint.port, deadline.left());
    if (!addresses) return tl::unexpected(addresses.error());
    Result<UniqueFd> fd = fail(Errc::kFailed, "the host has no address");
    auto remaining = static_cast<milliseconds::rep>(addresses->size());
    for (const SocketAddress& address : *addresses) {
        fd = connect_tcp(address, deadline.left() / remaining--, deadline);
        if (fd) break;
    }
    return fd;
}

Result<void> send_all(const UniqueFd& fd, std::string_view text, const Deadline& deadline) {
    while (!text.empty()) {
        const ssize_t sent = send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            text.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            const auto ready = wait_for(fd, POLLOUT, deadline.left());
            if (!ready) return tl::unexpected(ready.error());
            if (!*ready) return deadline.missed("it does not take the question");
        } else if (errno != EINTR) {
            return fail_errno("send");
        }
    }
    return {};
}

Result<std::string> receive_all(const UniqueFd& fd, const Deadline& deadline) {
    std::string text;
    std::vector<char> piece(std::size_t{64} << 10);
    for (;;) {
        const milliseconds left = deadline.left();
        const auto ready = wait_for(fd, POLLIN, left);
        if (!ready) return tl::unexpected(ready.error());
        // Whoever sends without end gets no further than one who is silent.
        if (!*ready || left.count() == 0) return deadline.missed(text.empty() ? "no answer" : "no whole answer");
        const ssize_t got = recv(fd.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (got == 0) return text;
        if (got < 0 && errno != EAGAIN && errno != EINTR) return fail_errno("receive");
        if (got < 0) continue;
        if (text.size() + static_cast<std::size_t>(got) > kLargestHaproxyAnswer)
            return fail(Errc::kFailed, fmt::format("the answer is larger than {} MiB", kLargestHaproxyAnswer >> 20));
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

Result<HaproxyEndpoint> parse_haproxy_endpoint(std::string_view text) {
    using Kind = HaproxyEndpoint::Kind;
    if (text.starts_with("unix@")) return parse_path(Kind::kUnix, text.substr(5), text);
    if (text.starts_with("abns@")) return parse_path(Kind::kAbstract, text.substr(5), text);
    if (text.find('/') != std::string_view::npos) return parse_path(Kind::kUnix, text, text);

    const std::size_t colon = text.rfind(':');
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string_view::npos;
    const bool odd = std::any_of(host.begin(), host.end(), [](unsigned char byte) {
        return byte <= ' ' || byte >= 127 || byte == '[' || byte == ']';
    });
    if (colon == std::string_view::npos || host.empty() || odd || has_colon != bracketed)
        return fail(Errc::kUsage, in_quotes(text) + " is neither a socket's path nor HOST:PORT ([HOST]:PORT for IPv6)");
    auto port = Port::parse(text.substr(colon + 1));
    if (!port) return fail_with(in_quotes(text), std::move(port));
    return HaproxyEndpoint{Kind::kTcp, std::string(host), *port, std::string(text)};
}

Result<std::string> question_haproxy(const HaproxyEndpoint& endpoint, std::string_view line, milliseconds within) {
    const Deadline deadline(within);
    const auto fd = connect_within(endpoint, deadline);
    if (!fd) return tl::unexpected(fd.error());
    if (auto sent = send_all(*fd, std::string(line) + "\n", deadline); !sent)
        return tl::unexpected(std::move(sent.error()));
    return receive_all(*fd, deadline);
}

}  // namespace zdr
