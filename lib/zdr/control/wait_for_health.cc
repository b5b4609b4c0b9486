#include "zdr/control/wait_for_health.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "zdr/base/duration.h"
#include "zdr/control/restart/listeners.h"
#include "zdr/control/server_lookup.h"
#include "zdr/net/http.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHealthPause(100);

struct Asked {
    Server server;
    std::uint16_t good = 0;  // answers in a row
    std::string problem{};

    bool is_healthy() const { return !server.health.asks_anything() || good >= server.rise; }
};

Result<std::vector<Asked>> find(std::span<const std::string> names, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<Asked> out;
    for (ServerEntry& entry : *entries) {
        const auto flip = opened->table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        out.push_back({at_active_port(std::move(entry.server), *flip)});
    }
    return out;
}

// Where to ask; of a server on every address, where its app listens.
std::vector<std::string> hosts_of(const Server& server) {
    std::vector<std::string> out;
    for (const Address& address : server.addresses) out.push_back(address.to_string());
    if (!out.empty()) return out;
    const auto sockets = listeners(server);
    const bool is_on_one = sockets && !sockets->empty() &&
                           std::none_of(sockets->begin(), sockets->end(), std::mem_fn(&ListeningSocket::is_on_any));
    out.push_back(is_on_one ? Address(sockets->front().words).to_string() : "127.0.0.1");
    return out;
}

// One address of a server, as the URL has it.
Result<void> ask_one(const Url& url, const HealthCheck& health, milliseconds within) {
    const std::string port = fmt::format("port {}", url.port.host());
    if (url.path.empty()) {
        auto done = shake_hands(url, within, health.host);
        return done ? done : fail_with("TLS on " + port, std::move(done));
    }
    const std::string method(to_string(health.method));
    const auto status = http_status(url, within, {method, health.host});
    const std::string what =
        fmt::format("{}{} of {}", health.method == HttpMethod::kGet ? "" : method + " ", url.path, port);
    if (!status) return fail(Errc::kFailed, fmt::format("{}: {}", what, status.error().text));
    if (!health.takes(*status)) return fail(Errc::kFailed, fmt::format("{} answers {}", what, *status));
    return {};
}

void ask(Asked& one) {
    const auto answer = ask_health(one.server, answer_time(one.server));
    one.good = answer ? static_cast<std::uint16_t>(one.good + 1) : std::uint16_t{0};
    if (!answer) one.problem = answer.error().text;
}

}  // namespace

Result<void> ask_health(const Server& server, milliseconds within) {
    const HealthCheck& health = server.health;
    if (!health.asks_anything()) return {};
    for (const std::string& host : hosts_of(server))
        if (auto asked = ask_one({health.is_encrypted, host, server.app_port, health.uri}, health, within); !asked)
            return asked;
    return {};
}

milliseconds answer_time(const Server& server) {
    return server.health.timeout.value_or(server.inter);
}

milliseconds recovery_time(const Server& server) {
    return longest_interval(server, true) * (server.rise + 1);
}

Result<void> wait_for_health(std::span<const std::string> names, milliseconds timeout, const Context& context) {
    auto all = find(names, context);
    if (!all) return tl::unexpected(std::move(all.error()));
    const auto began = context.now().boot;
    for (;;) {
        for (Asked& one : *all)
            if (!one.is_healthy()) ask(one);
        const auto open = std::find_if(all->begin(), all->end(), [](const Asked& one) { return !one.is_healthy(); });
        context.report_pending("");
        if (open == all->end()) return {};
        const std::string why = fmt::format("{} is not healthy yet: {}", format_name(open->server.name), open->problem);
        if (!open->problem.empty()) context.report_pending(why);
        const bool is_over = context.now().boot - began >= timeout;
        if (!is_over && context.pause(kHealthPause)) continue;
        context.report_pending("");
        return fail(is_over ? Errc::kTimedOut : Errc::kInterrupted,
                    fmt::format("{}; {}; its state is as it was",
                                is_over ? "timed out after " + format_elapsed(timeout) : "interrupted", why));
    }
}

}  // namespace zdr
