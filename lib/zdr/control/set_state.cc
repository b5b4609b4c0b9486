#include "zdr/control/set_state.h"

#include <fmt/core.h>

#include <vector>

#include "zdr/base/duration.h"
#include "zdr/control/checks_of.h"
#include "zdr/control/flip_servers.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/soft_drain/drain_port.h"
#include "zdr/control/wait_for_health.h"
#include "zdr/kernel/registered_listeners.h"

namespace zdr {
namespace {

std::string format_change(const Flipped& one, const FlipRequest& request) {
    const std::string& name = one.found.entry.server.name;
    const State to = request.record.state;
    if (!one.changed) return fmt::format("{}: already {}", name, to_string(to));
    std::string lease;
    if (request.ttl)
        lease = fmt::format(" for {}", format_span(std::chrono::duration_cast<std::chrono::seconds>(*request.ttl)));
    if (request.record.until_listening)
        lease += request.ttl ? ", or until its app listens anew" : " until its app listens anew";
    if (one.found.was == to) return fmt::format("{}: {}{} again, with a new record", name, to_string(to), lease);
    return fmt::format("{}: {}{} (was {})", name, to_string(to), lease, to_string(one.found.was));
}

// Of many listeners that share a port those that were entered may have closed; then nobody's checks arrive.
Result<void> register_listeners_of(std::span<const std::string> names, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(entries.error());
    std::vector<Server> servers;
    for (const ServerEntry& entry : *entries) {
        const auto flip = opened->table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        servers.push_back(at_active_port(entry.server, *flip));
    }
    return register_missing_listeners(opened->dir.live(), servers);
}

// What a wait would end in vain for, before anything is flipped.
Result<void> can_be_acknowledged(std::span<const std::string> names, const StateRequest& request,
                                 const FlipRequest& flip, const Context& context) {
    if (auto allowed = check_flip(names, flip, context); !allowed) return allowed;
    if (request.state == State::kReady)
        if (auto registered = register_listeners_of(names, context); !registered) return registered;
    const auto haproxy = ask_haproxies_about(names, context);
    if (!haproxy) return tl::unexpected(haproxy.error());
    if (!request.unchecked)
        if (auto checked = require_checkers(names, request.state, *haproxy, context); !checked) return checked;
    if (request.state != State::kReady) return {};
    return wait_for_health(names, request.timeout, context);
}

// Without a wait a flip looks at the servers once: most have no drain port, which would have to be asked before.
Result<std::vector<Flipped>> drain_at_once(std::span<const std::string> names, FlipRequest flip,
                                           const Context& context) {
    bool has_drain_port = false;
    flip.check = [&](const FoundServer& found) -> Result<void> {
        has_drain_port = found.entry.server.drain_port.has_value();
        return has_drain_port ? fail(Errc::kFailed, "its drain port is to be asked before") : Result<void>();
    };
    auto flips = flip_servers(names, flip, context);
    if (!has_drain_port) return flips;
    if (auto checked = check_drain_ports(names, IfMissing::kUnknownName, context); !checked)
        return tl::unexpected(std::move(checked.error()));
    flip.check = {};
    return flip_servers(names, flip, context);
}

}  // namespace

Result<void> set_state(std::span<const std::string> names, const StateRequest& request, const Context& context) {
    User user = context.user();
    auto record = make_flip(request.state, user.uid, std::move(user.name), request.reason.value_or(""));
    if (!record) return tl::unexpected(std::move(record.error()));
    record->until_listening = request.until_listening;
    const FlipRequest flip{.record = std::move(*record),
                           .ttl = request.ttl,
                           .skip_unchanged = !request.reason && !request.ttl && !request.until_listening,
                           .force = request.force,
                           .check = {}};
    const bool may_be_soft = request.state == State::kDrain;
    if (request.waits && may_be_soft)
        if (auto checked = check_drain_ports(names, IfMissing::kUnknownName, context); !checked) return checked;
    if (request.waits)
        if (auto sure = can_be_acknowledged(names, request, flip, context); !sure) return sure;
    const auto flips =
        may_be_soft && !request.waits ? drain_at_once(names, flip, context) : flip_servers(names, flip, context);
    if (!flips) return tl::unexpected(flips.error());
    log_flips(*flips, context);
    std::vector<std::string> flipped;
    for (const Flipped& one : *flips) {
        context.report(format_change(one, flip));
        flipped.push_back(one.found.entry.server.name);
    }
    if (!request.waits) return {};
    return wait_for_checkers(flipped,
                             {.goal = request.state == State::kReady ? Goal::kReady : Goal::kDrained,
                              .timeout = request.timeout,
                              .unchecked = request.unchecked,
                              .meanwhile = {}},
                             context);
}

}  // namespace zdr
