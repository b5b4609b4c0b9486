#include "ctl/status/status_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "zdr/base/duration.h"
#include "zdr/model/checker_standing.h"

namespace zdr::ctl {
namespace {

// Ordered: the keys come as the contract lists them.
using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds kYear10000(253402300800);  // RFC 3339 has four digits

Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

// Null where it is no time of this age (a hostile record).
Json time_or_null(std::chrono::seconds unix_time) {
    if (unix_time.count() <= 0 || unix_time >= kYear10000) return {};
    return format_utc(unix_time);
}

std::chrono::seconds whole(std::chrono::nanoseconds time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

// The second at which a flip's lease ends or ended, told from the time of the flip, so that it is the same each time it
// is asked; 0: that time is not known.
std::chrono::seconds end_of_lease(const Flip& flip, const Now& now) {
    const auto since = whole(flip.since_wall(now.boot, now.wall));
    if (since.count() <= 0) return {};
    return since + (whole(*flip.expires_boot) - whole(flip.since_boot));
}

// A flip that is over ends where it began to be: ready since its expiry.
Json since_time(const Flip& flip, const Now& now) {
    return time_or_null(is_expired(flip, now) ? end_of_lease(flip, now) : whole(flip.since_wall(now.boot, now.wall)));
}

Json expires(const Flip& flip, const Now& now) {
    const auto left = time_left(flip, now);
    if (!left) return {};
    const auto end = end_of_lease(flip, now);
    return time_or_null(end.count() > 0 ? end : whole(now.wall) + *left);
}

Json to_json(const Checker& checker, const Server& server, const Now& now) {
    const Port port = checker.is_backup ? server.backup_status_port.value_or(server.status_port) : server.status_port;
    const auto ago = std::max(now.boot - checker.last_boot, std::chrono::nanoseconds(0));
    return {{"from", checker.from},
            {"pid", checker.pid == 0 ? Json() : Json(checker.pid)},
            {"hook", checker.hook == Checker::Hook::kLookup ? "sk_lookup" : "cgroup"},
            {"port", port.host()},
            {"interval_ms", checker.interval ? Json(checker.interval->count()) : Json()},
            {"last_seen_ms", std::chrono::duration_cast<std::chrono::milliseconds>(ago).count()},
            {"refused_streak", checker.refused_streak},
            {"softened", checker.is_softened},
            {"redirected_streak", checker.redirected_streak},
            {"counts", standing_of(checker, server, now.boot) == Standing::kCounts}};
}

Json to_json(const std::optional<SessionCounts>& sessions) {
    if (!sessions) return {{"active", nullptr}, {"idle", nullptr}};
    return {{"active", sessions->active}, {"idle", sessions->idle}};
}

Json to_json(const ServerStatus& status, const Now& now) {
    const Server& server = status.server;
    const Flip& flip = status.flip;
    Json instances = Json::array();
    for (const InstanceSessions& one : status.instances)
        instances.push_back({{"port", one.port.host()}, {"sessions", to_json(one.sessions)}});
    Json checkers = Json::array();
    for (const Checker& checker : status.checks.checkers) checkers.push_back(to_json(checker, server, now));
    return {{"name", server.name},
            {"backend", text_or_null(first_backend(server))},
            {"backends", server.backends},
            {"address", addresses_to_string(server)},
            {"port", server.app_port.host()},
            {"active_port", at_active_port(server, flip).app_port.host()},
            {"listening", status.listening ? Json(*status.listening) : Json()},
            {"rewritten", status.is_rewritten()},
            {"status_port", server.status_port.host()},
            {"backup_status_port", server.backup_status_port ? Json(server.backup_status_port->host()) : Json()},
            {"drain_port", server.drain_port ? Json(server.drain_port->host()) : Json()},
            {"state", to_string(flip.effective(now.boot))},
            {"since", since_time(flip, now)},
            {"expires", expires(flip, now)},
            {"until_listening", flip.until_listening && flip.effective(now.boot) != State::kReady},
            {"by", text_or_null(flip.by)},
            {"by_uid", flip.by.empty() ? Json() : Json(flip.uid)},
            {"reason", text_or_null(flip.reason)},
            {"redirected", status.checks.counters.redirected},
            {"refused", status.checks.counters.refused},
            {"sessions", to_json(status.sessions)},
            {"instances", std::move(instances)},
            {"checkers", std::move(checkers)}};
}

Json to_json(const HookStatus& status) {
    Json out = {{"hook", status.hook}, {"at", status.at}};
    if (!status.kind.empty()) out["kind"] = status.kind;
    out["attached"] = status.attached ? Json(*status.attached) : Json();
    return out;
}

}  // namespace

std::string format_status_json(const Status& status, const Now& now, Layout layout) {
    Json hooks = Json::array();
    for (const HookStatus& hook : status.hooks) hooks.push_back(to_json(hook));
    Json servers = Json::array();
    for (const ServerStatus& server : status.servers) servers.push_back(to_json(server, now));
    const Json document = {{"abi", status.abi}, {"hooks", std::move(hooks)}, {"servers", std::move(servers)}};
    return document.dump(layout == Layout::kIndented ? 2 : -1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace zdr::ctl
