#include "zdr/control/handover/instances.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/control/handover/free_port.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/sessions.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/net/network_namespace.h"
#include "zdr/net/socket_owners.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kSessionsPause(50);

bool takes(const ListeningSocket& socket, const Server& server) {
    return server.addresses.empty() || std::any_of(server.addresses.begin(), server.addresses.end(),
                                                   [&](const Address& address) { return socket.takes(address); });
}

// What is not to be stopped by us: it may be anything, and whoever started it knows.
void report_others(const Instances& of, const std::set<Port>& of_others, std::span<const ListeningSocket> sockets,
                   const Context& context) {
    SocketOwners owners;
    std::set<Port> reported{of.serving.app_port};
    for (const ListeningSocket& one : sockets) {
        if (!may_be_active(of.server, one.port) || of_others.contains(one.port) || !takes(one, of.server)) continue;
        if (!PortClaim::take(one.port) || !reported.insert(one.port).second) continue;
        const auto processes = owners.of(one);
        const std::string who =
            processes.empty() ? "" : fmt::format(" (process {}, {})", processes.front().pid, processes.front().name);
        context.report(
            fmt::format("{}: something listens on port {} too{}, and nothing leads there; if an earlier "
                        "restart has left it, stop it",
                        of.server.name, one.port.host(), who));
    }
}

Result<Instances> look(const LockedTable& opened, ServerEntry entry, bool force, const Context& context) {
    if (auto checked = check_has_instances(entry.server, context); !checked) return tl::unexpected(checked.error());
    auto flip = opened.table.flip_of(entry.slot);
    if (!flip) return tl::unexpected(std::move(flip.error()));
    if (flip->holder && is_running(*flip->holder) && !force)
        return fail(Errc::kUnsafe, fmt::format("process {} restarts {} now; {} does it all the same", flip->holder->pid,
                                               format_name(entry.server.name), context.option("force")));
    const std::string pins = opened.dir.live();
    Server serving = at_active_port(entry.server, *flip);
    auto listens = is_registered(serving, pins);
    if (!listens) return tl::unexpected(std::move(listens.error()));
    if (!*listens && serving.app_port != entry.server.app_port) {
        listens = is_registered(entry.server, pins);
        if (!listens) return tl::unexpected(std::move(listens.error()));
        if (*listens) serving = entry.server;
    }
    const State state = flip->effective(context.now().boot);
    return Instances{std::move(entry.server), std::move(serving), std::move(*flip), state, *listens};
}

// Who is busy: "webA at port 1000 has 2 active sessions".
Result<Idle> look_at_sessions(std::span<const Server> instances, const Context& context) {
    const Idle unknown{Idle::End::kUnknown, "the sessions cannot be counted here"};
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto here = netns_cookie();
    if (!here || *here != opened->table.netns_cookie()) return unknown;
    std::vector<ServerEntry> servers;
    servers.reserve(instances.size());
    for (const Server& one : instances) {
        auto found = find_servers(opened->table, {&one.name, 1}, IfMissing::kRemovedMeanwhile);
        if (!found) return tl::unexpected(std::move(found.error()));
        servers.push_back(std::move(found->front()));
    }
    const auto counts = count_instance_sessions(opened->dir.live(), servers);
    if (!counts && counts.error().code == std::errc::no_such_file_or_directory) return unknown;
    if (!counts) return tl::unexpected(counts.error());
    std::string out;
    for (std::size_t i = 0; i < instances.size(); ++i) {
        const Server& one = instances[i];
        for (const InstanceSessions& its : (*counts)[i])
            if (its.port == one.app_port && its.sessions.active != 0)
                out += fmt::format("{}{} at port {} has {} active session{}", out.empty() ? "" : ", ", one.name,
                                   one.app_port.host(), its.sessions.active, its.sessions.active == 1 ? "" : "s");
    }
    return Idle{out.empty() ? Idle::End::kIdle : Idle::End::kBusy, std::move(out)};
}

}  // namespace

Result<void> check_has_instances(const Server& server, const Context& context) {
    if (server.handover_ports) return {};
    return fail(Errc::kUsage, fmt::format("{} has no handover-ports: name in zdr.conf where instances of its app may "
                                          "listen, then {}",
                                          format_name(server.name), load_command(context.state_dir)));
}

Result<bool> is_registered(const Server& instance, const std::string& pins) {
    if (auto looked = register_missing_listeners(pins, {&instance, 1}); !looked) return tl::unexpected(looked.error());
    const auto registered = RegisteredListeners::open(pins);
    if (!registered) return tl::unexpected(registered.error());
    return registered->has(instance);
}

Result<std::vector<Instances>> look_at_instances(std::span<const std::string> names, bool force,
                                                 const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    auto entries = find_servers(opened->table, names, IfMissing::kRemovedMeanwhile);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    const auto sockets = listening_sockets();
    if (!sockets) return tl::unexpected(sockets.error());
    std::vector<Instances> out;
    for (ServerEntry& entry : *entries) {
        auto one = look(*opened, std::move(entry), force, context);
        if (!one) return tl::unexpected(std::move(one.error()));
        const auto of_others = ports_of_others(opened->table, one->server.name);
        if (!of_others) return tl::unexpected(of_others.error());
        report_others(*one, *of_others, *sockets, context);
        out.push_back(std::move(*one));
    }
    return out;
}

Result<std::string> missing_registration(const Server& instance, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto found = is_registered(instance, opened->dir.live());
    if (!found) return tl::unexpected(found.error());
    if (*found) return "";
    return fmt::format(
        "what listens on port {} cannot take connections of other hosts, or not at each of its "
        "addresses (an MPTCP socket? Go programs need GODEBUG=multipathtcp=0)",
        instance.app_port.host());
}

Result<Idle> wait_until_instances_idle(std::span<const Server> instances, milliseconds timeout,
                                       const Context& context) {
    const nanoseconds began = context.now().boot;
    const auto look = [&] { return look_at_sessions(instances, context); };
    auto idle = look_until_idle(look, timeout, kSessionsPause, {}, context);
    if (idle && idle->end == Idle::End::kIdle)
        for (const Server& one : instances)
            context.report(fmt::format("{}: port {} is idle after {}", one.name, one.app_port.host(),
                                       format_elapsed(context.now().boot - began)));
    return idle;
}

}  // namespace zdr
