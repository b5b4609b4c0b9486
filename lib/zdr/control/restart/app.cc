#include "zdr/control/restart/app.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <thread>
#include <utility>
#include <vector>

#include "zdr/base/text.h"
#include "zdr/base/unique_fd.h"
#include "zdr/control/restart/listeners.h"
#include "zdr/net/connection.h"

namespace zdr {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr std::chrono::milliseconds kQueueLook(5);  // between two looks at the queues
constexpr std::size_t kStatusLine = 12;             // bytes of "HTTP/1.1 200"

Result<int> status_of(std::string_view line) {
    int status = 0;
    if (line.starts_with("HTTP/1.") && line.size() >= kStatusLine && line[8] == ' ' &&
        std::from_chars(line.data() + 9, line.data() + kStatusLine, status).ec == std::errc() && status >= 100)
        return status;
    return fail(Errc::kFailed, "the answer is not HTTP");
}

// A connection to each of the addresses; none where one of them takes none.
std::vector<UniqueFd> connect_all(const Server& server, const Deadline& deadline) {
    std::vector<UniqueFd> out;
    const auto at = [&](const Address& address) {
        auto connection = connect_to(socket_address(address, server.app_port), deadline);
        if (connection) out.push_back(std::move(*connection));
        return connection.has_value();
    };
    const auto& addresses = server.addresses;
    const bool is_whole = addresses.empty() ? at(*Address::parse("127.0.0.1")) || at(*Address::parse("::1"))
                                            : std::all_of(addresses.begin(), addresses.end(), at);
    if (!is_whole) out.clear();
    return out;
}

}  // namespace

bool connects(const Server& server, std::chrono::milliseconds within) {
    return !connect_all(server, Deadline(within)).empty();
}

bool accepts(const Server& server, std::chrono::milliseconds within) {
    const Deadline deadline(within);
    const auto connections = connect_all(server, deadline);
    if (connections.empty()) return false;
    for (;;) {
        const auto sockets = listeners(server);
        if (!sockets) return true;  // nothing to judge by
        if (std::all_of(sockets->begin(), sockets->end(), [](const ListeningSocket& one) { return one.queued == 0; }))
            return connects(server, deadline.left());  // it did not end meanwhile, which empties the queue, too
        if (deadline.left() == std::chrono::milliseconds(0)) return false;
        std::this_thread::sleep_for(kQueueLook);
    }
}

Result<Url> parse_url(std::string_view text) {
    const auto wrong = [&](std::string_view why) {
        return fail(Errc::kUsage, fmt::format("{} is not a URL to ask: {}", in_quotes(text), why));
    };
    if (!text.starts_with(kScheme)) return wrong("it does not begin with http://");
    if (printable(text) != text || text.find(' ') != text.npos) return wrong("it has blanks or control characters");
    std::string_view authority = text.substr(kScheme.size());
    const auto path_at = authority.find_first_of("/?");
    const std::string_view path = path_at == authority.npos ? "" : authority.substr(path_at);
    authority = authority.substr(0, path_at);
    Port port(80);
    const auto bracket = authority.rfind(']');
    const auto colon = authority.rfind(':');
    if (colon != authority.npos && (bracket == authority.npos || colon > bracket)) {
        const auto named = Port::parse(authority.substr(colon + 1));
        if (!named) return wrong("invalid port");
        port = *named;
        authority = authority.substr(0, colon);
    }
    if (authority.size() > 2 && authority.front() == '[' && authority.back() == ']')
        authority = authority.substr(1, authority.size() - 2);
    if (authority.empty()) return wrong("it has no host");
    return Url{std::string(authority), port, fmt::format("{}{}", path.starts_with('/') ? "" : "/", path)};
}

Result<int> http_status(const Url& url, std::chrono::milliseconds within) {
    const Deadline deadline(within);
    auto socket = connect_to(url.host, url.port, deadline);
    if (!socket) return tl::unexpected(std::move(socket.error()));
    const bool is_v6 = url.host.find(':') != std::string::npos;
    const auto request =
        fmt::format("GET {} HTTP/1.1\r\nHost: {}{}{}:{}\r\nUser-Agent: zdrctl\r\nConnection: close\r\n\r\n", url.path,
                    is_v6 ? "[" : "", url.host, is_v6 ? "]" : "", url.port.host());
    if (send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return fail_errno("ask");
    std::string line;
    while (line.size() < kStatusLine) {
        const auto ready = wait_for(*socket, POLLIN, deadline.left());
        if (!ready) return tl::unexpected(ready.error());
        if (!*ready) return deadline.missed("no answer");
        char buffer[kStatusLine];
        const ssize_t size = recv(socket->get(), buffer, kStatusLine - line.size(), 0);
        if (size < 0 && errno != EAGAIN && errno != EINTR) return fail_errno("read the answer");
        if (size == 0) break;
        if (size > 0) line.append(buffer, static_cast<std::size_t>(size));
    }
    return status_of(line);
}

}  // namespace zdr
