#include "ctl/status/read_status.h"

#include "zdr/control/checks_of.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/net/network_namespace.h"

namespace zdr::ctl {
namespace {

// None in another network namespace than the served one.
std::optional<std::vector<ListeningSocket>> listeners_here(const ServerTable& table) {
    const auto here = netns_cookie();
    if (!here || *here != table.netns_cookie()) return std::nullopt;
    auto sockets = listening_sockets();
    return sockets ? std::optional(std::move(*sockets)) : std::nullopt;
}

}  // namespace

Result<Status> read_status(const LockedTable& opened, std::span<const std::string> names) {
    const ServerTable& table = opened.table;
    auto entries = names.empty() ? table.list() : find_servers(table, names);
    if (!entries) return tl::unexpected(std::move(entries.error()));

    auto hooks = read_hooks(opened.dir.live(), table.cgroup(), table.netns_cookie());
    if (!hooks) return tl::unexpected(std::move(hooks.error()));
    std::vector<Flip> flips;
    std::vector<std::optional<Port>> active;
    for (const ServerEntry& entry : *entries) {
        auto flip = table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(std::move(flip.error()));
        active.push_back(flip->active_port);
        flips.push_back(std::move(*flip));
    }
    const auto sessions = count_sessions(opened.dir.live(), table.netns_cookie(), *entries, active);
    if (!sessions) return tl::unexpected(sessions.error());
    const auto sockets = listeners_here(table);
    auto instances = sockets ? count_instance_sessions(opened.dir.live(), *entries)
                                   .value_or(std::vector<std::vector<InstanceSessions>>(entries->size()))
                             : std::vector<std::vector<InstanceSessions>>(entries->size());
    const auto registered = RegisteredListeners::open(opened.dir.live());
    if (!registered) return tl::unexpected(registered.error());
    Status out{.abi = table.abi(), .hooks = std::move(*hooks), .servers = {}};
    out.servers.reserve(entries->size());
    for (ServerEntry& entry : *entries) {
        Flip& flip = flips[out.servers.size()];
        const Server app = at_active_port(entry.server, flip);
        auto checks = checks_of(table, entry);
        if (!checks) return tl::unexpected(std::move(checks.error()));
        const auto is_registered = registered->has(app);
        if (!is_registered) return tl::unexpected(is_registered.error());
        const auto listening = sockets ? std::optional(is_listening(app, *sockets)) : std::nullopt;
        const bool is_held = flip.holder && is_running(*flip.holder);
        out.servers.push_back({std::move(entry.server), std::move(flip), std::move(*checks),
                               (*sessions)[out.servers.size()], listening, entry.is_published, *is_registered, is_held,
                               std::move(instances[out.servers.size()])});
    }
    return out;
}

std::chrono::seconds whole_seconds(std::chrono::nanoseconds time) {
    return std::chrono::seconds(static_cast<std::uint64_t>(time.count()) / 1'000'000'000);
}

bool is_expired(const Flip& flip, const Now& now) {
    return flip.expires_boot && flip.state != State::kReady && flip.effective(now.boot) == State::kReady;
}

std::optional<std::chrono::seconds> time_left(const Flip& flip, const Now& now) {
    if (!flip.expires_boot || flip.effective(now.boot) == State::kReady) return std::nullopt;
    return whole_seconds(*flip.expires_boot) - whole_seconds(now.boot);
}

}  // namespace zdr::ctl
