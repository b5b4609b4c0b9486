#include "zdr/haproxy/runtime_socket.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "zdr/base/text.h"
#include "zdr/base/unique_fd.h"
#include "zdr/net/connection.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;

Result<HaproxyEndpoint> parse_path(HaproxyEndpoint::Kind kind, std::string_view name, std::string_view text) {
    if (name.empty() || name.find('\0') != std::string_view::npos)
        return fail(Errc::kUsage, in_quotes(text) + " names no socket");
    constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;
    if (name.size() > kLongestPath)
        return fail(Errc::kUsage, fmt::format("{} is too long for a socket's path; at most {} bytes fit",
                                              in_quotes(text), kLongestPath));
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
        if (left.count() == 0) return deadline.missed("connection not accepted");
        const timeval time{.tv_sec = left.count() / 1000, .tv_usec = (left.count() % 1000) * 1000};
        if (setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) != 0) return fail_errno("setsockopt");
        if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0) return fd;
        if (errno != EINTR && errno != EAGAIN) return fail_errno("connect");
    }
}

Result<UniqueFd> connect_within(const HaproxyEndpoint& endpoint, const Deadline& deadline) {
    if (endpoint.kind != HaproxyEndpoint::Kind::kTcp) return connect_unix(endpoint, deadline);
    return connect_to(endpoint.name, *endpoint.port, deadline);
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
        if (!*ready || left.count() == 0) return deadline.missed(text.empty() ? "no answer" : "incomplete answer");
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
