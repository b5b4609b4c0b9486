#include "zdr/control/handover/hand_over.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/control/flip_servers.h"
#include "zdr/control/handover/instances.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/sessions.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kShortestLook(5);
constexpr milliseconds kLongestLook(100);

Result<void> check_port(const Server& server, Port port, const Context& context) {
    if (auto checked = check_has_instances(server, context); !checked) return checked;
    if (may_be_active(server, port)) return {};
    return fail(Errc::kUsage,
                fmt::format("port {} is none of the handover-ports of {} ({}), nor its port {}", port.host(),
                            format_name(server.name), to_string(*server.handover_ports), server.app_port.host()));
}

// Only what is registered can be given connections of other hosts.
Result<void> check_listener(const Server& instance, const std::string& pins, const Context& context) {
    const auto found = is_registered(instance, pins);
    if (!found) return tl::unexpected(found.error());
    if (*found) return {};
    const auto sockets = listening_sockets();
    const bool is_other = sockets && is_listening(instance, *sockets);
    return fail(Errc::kUnsafe,
                fmt::format("{} on port {} of {}; {} leads there all the same",
                            is_other ? "what listens cannot take connections of other hosts (an MPTCP socket? Go "
                                       "programs need GODEBUG=multipathtcp=0)"
                                     : "nothing listens",
                            instance.app_port.host(), format_name(instance.name), context.option("force")));
}

// The server as its app is to be reached, and the port as its record has it.
struct Instance {
    Server server;
    std::optional<Port> active;  // none: the app port
};

Result<Instance> find_instance(const std::string& name, const HandoverRequest& request, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    auto found = find_servers(opened->table, {&name, 1});
    if (!found) return tl::unexpected(found.error());
    if (found->size() != 1) return fail(Errc::kUsage, fmt::format("{} names several servers", format_name(name)));
    Instance out{std::move(found->front().server), request.to};
    if (out.active == out.server.app_port) out.active.reset();
    const Port port = out.active.value_or(out.server.app_port);
    if (auto checked = check_port(out.server, port, context); !checked) return tl::unexpected(checked.error());
    out.server.app_port = port;
    if (request.force) return out;
    if (auto checked = check_listener(out.server, opened->dir.live(), context); !checked)
        return tl::unexpected(checked.error());
    return out;
}

// The sessions that the instance has had before it is led to: those of whoever has looked at it.
Result<std::set<std::uint64_t>> sessions_of(const Server& instance, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto found = find_servers(opened->table, {&instance.name, 1}, IfMissing::kRemovedMeanwhile);
    if (!found) return tl::unexpected(found.error());
    return find_instance_sessions(opened->dir.live(), found->front().server, instance.app_port);
}

// Whether a connection has come since: a check that was redirected, or a session.
Result<bool> has_arrived(const Led& led, const Context& context) {
    const Server& instance = led.instance;
    const Flip& since = led.flip;
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto found = find_servers(opened->table, {&instance.name, 1}, IfMissing::kRemovedMeanwhile);
    if (!found) return tl::unexpected(found.error());
    const auto flip = opened->table.flip_of(found->front().slot);
    if (!flip) return tl::unexpected(flip.error());
    if (flip->active_port.value_or(found->front().server.app_port) != instance.app_port)
        return fail(Errc::kFailed, fmt::format("{} was led to another port by {} meanwhile", format_name(instance.name),
                                               flip->by.empty() ? "somebody" : flip->by));
    const auto checks = opened->table.checks(found->front().slot);
    if (!checks) return tl::unexpected(checks.error());
    for (const Checker& one : checks->checkers)
        if (one.redirected_streak != 0 && one.last_boot > since.since_boot) return true;
    const auto sessions = find_instance_sessions(opened->dir.live(), found->front().server, instance.app_port);
    if (!sessions) return tl::unexpected(sessions.error());
    return std::any_of(sessions->begin(), sessions->end(),
                       [&](std::uint64_t one) { return !led.sessions_before.contains(one); });
}

// Nobody has led the server elsewhere meanwhile.
std::function<Result<void>(const FoundServer&)> led_from(const std::optional<Port>& port) {
    if (!port) return {};
    return [port](const FoundServer& found) -> Result<void> {
        const Port now = found.before.active_port.value_or(found.entry.server.app_port);
        if (now == *port) return {};
        return fail(Errc::kFailed,
                    fmt::format("{} was led to port {} by {} meanwhile", format_name(found.entry.server.name),
                                now.host(), found.before.by.empty() ? "somebody" : found.before.by));
    };
}

}  // namespace

Result<void> wait_for_arrival(const Led& led, milliseconds timeout, const Context& context) {
    const Server& instance = led.instance;
    const nanoseconds began = context.now().boot;
    const std::string what = fmt::format("{}: a connection to port {}", instance.name, instance.app_port.host());
    for (milliseconds look = kShortestLook;; look = std::min(2 * look, kLongestLook)) {
        const auto arrived = has_arrived(led, context);
        context.report_pending("");
        if (!arrived) return tl::unexpected(arrived.error());
        const nanoseconds waited = context.now().boot - began;
        if (*arrived) {
            context.report(fmt::format("{}: connections arrive at port {} after {}", instance.name,
                                       instance.app_port.host(), format_elapsed(waited)));
            return {};
        }
        const bool is_over = waited >= timeout;
        context.report_pending(fmt::format("waiting for {}", what));
        if (!is_over && context.pause(look)) continue;
        context.report_pending("");
        return fail(is_over ? Errc::kTimedOut : Errc::kInterrupted,
                    fmt::format("{}: no connection has arrived at port {} of {} yet; it stays so",
                                is_over ? "timed out after " + format_elapsed(timeout) : "interrupted",
                                instance.app_port.host(), format_name(instance.name)));
    }
}

Result<Led> lead(const std::string& name, const HandoverRequest& request, const Context& context) {
    const auto found = find_instance(name, request, context);
    if (!found) return tl::unexpected(found.error());
    const Server& instance = found->server;
    auto sessions = sessions_of(instance, context);
    if (!sessions) return tl::unexpected(std::move(sessions.error()));
    User user = context.user();
    auto record = make_flip(State::kReady, user.uid, std::move(user.name), request.reason);
    if (!record) return tl::unexpected(std::move(record.error()));
    const FlipRequest flip{.record = std::move(*record),
                           .move_to = ActivePort{found->active},
                           .ttl = std::nullopt,
                           .check = led_from(request.from)};
    const auto flips = flip_servers({&instance.name, 1}, flip, context);
    if (!flips) return tl::unexpected(flips.error());
    log_flips(*flips, context);
    const Flipped& one = flips->front();
    const Port before = at_active_port(one.found.entry.server, one.found.before).app_port;
    context.report(
        one.changed ? fmt::format("{}: led to port {} (was {})", instance.name, instance.app_port.host(), before.host())
                    : fmt::format("{}: already led to port {}", instance.name, instance.app_port.host()));
    return Led{instance, one.found.was, one.changed, one.after, std::move(*sessions)};
}

Result<void> hand_over(const std::string& name, const HandoverRequest& request, const Context& context) {
    const auto led = lead(name, request, context);
    if (!led) return tl::unexpected(led.error());
    if (!request.waits || !led->changed) return {};
    if (led->state == State::kReady) return wait_for_arrival(*led, request.timeout, context);
    context.report(
        fmt::format("{}: it is in state {}, so no connection is waited for", format_name(name), to_string(led->state)));
    return {};
}

}  // namespace zdr
