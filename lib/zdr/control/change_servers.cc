#include "zdr/control/change_servers.h"

#include <fmt/core.h>
#include <unistd.h>

#include <set>

#include "zdr/base/text.h"
#include "zdr/control/min_ready.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/last_flip_files.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/server_replacement.h"
#include "zdr/net/listening_sockets.h"
#include "zdr/net/local_addresses.h"

namespace zdr {
namespace {

Result<void> require_root() {
    if (geteuid() == 0) return {};
    return fail(Errc::kNotPermitted, "only root may change which servers there are; run it as root");
}

Result<LockedTable> open_to_change(const Context& context) {
    if (auto root = require_root(); !root) return tl::unexpected(std::move(root.error()));
    return open_table(context, Access::kWrite);
}

// Sorted by name.
Result<std::vector<Server>> servers_of(const ServerTable& table) {
    auto entries = table.list();
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<Server> out;
    out.reserve(entries->size() + 1);  // one may be added
    for (ServerEntry& entry : *entries) out.push_back(std::move(entry.server));
    return out;
}

Result<Changes> change(const LockedTable& opened, std::span<const Server> servers, const Context& context) {
    if (const auto clash = find_clash(servers)) return fail(Errc::kFailed, clash->text);
    const User user = context.user();
    const LastFlips last(context.state_dir);
    auto found = prepare_last_flips(last, servers, opened.dir.group());
    for (const std::string& one : found.broken) context.report(one);
    auto changes = replace_servers(opened.dir.live(), servers,
                                   {.uid = user.uid, .by = user.name, .last_flips = std::move(found.flips)});
    if (changes)
        if (auto kept = keep_last_flips(last, opened.table); !kept) context.report(kept.error().text);
    if (changes && !changes->published_unknown.empty()) {
        context.report(changes->published_warning());
        context.log(changes->published_warning());
    }
    if (changes && !changes->empty())
        context.log(fmt::format("servers: {} added, {} changed, {} removed, by {} (uid {})", changes->added.size(),
                                changes->changed.size(), changes->removed.size(), printable(user.name), user.uid));
    return changes;
}

Result<std::vector<Server>> without(const ServerTable& table, const std::vector<ServerEntry>& leaving) {
    auto servers = servers_of(table);
    if (!servers) return servers;
    std::set<std::string_view> names;
    for (const ServerEntry& entry : leaving) names.insert(entry.server.name);
    std::erase_if(*servers, [&](const Server& server) { return names.contains(server.name); });
    return servers;
}

}  // namespace

Result<bool> add_server(const Server& server, const Context& context) {
    const auto opened = open_to_change(context);
    if (!opened) return tl::unexpected(opened.error());
    const auto there = opened->table.find(server.name);
    if (!there) return tl::unexpected(there.error());
    if (*there && (*there)->server == server) return false;
    if (*there)
        return fail(Errc::kFailed, fmt::format("it is there with other settings ({}); remove it first, or change it "
                                               "in zdr.conf and apply that",
                                               format_difference((*there)->server, server)));
    auto servers = servers_of(opened->table);
    if (!servers) return tl::unexpected(std::move(servers.error()));
    servers->push_back(server);
    const auto changed = change(*opened, *servers, context);
    if (!changed) return tl::unexpected(changed.error());
    return true;
}

Result<std::vector<std::string>> remove_servers(std::span<const std::string> names, bool force,
                                                const Context& context) {
    if (auto root = require_root(); !root) return tl::unexpected(std::move(root.error()));
    const auto opened = open_guarded(context, Access::kWrite, force ? MinReady::kIsOverridden : MinReady::kHolds);
    if (!opened) return tl::unexpected(opened.error());
    const auto leaving = find_servers(opened->locked.table, names);
    if (!leaving) return tl::unexpected(leaving.error());
    if (!force)
        if (auto safe = check_min_ready(*opened, *leaving, {}, TakenOut::kByRefusal, context); !safe)
            return tl::unexpected(std::move(safe.error()));
    const auto servers = without(opened->locked.table, *leaving);
    if (!servers) return tl::unexpected(servers.error());
    if (auto changed = change(opened->locked, *servers, context); !changed)
        return tl::unexpected(std::move(changed.error()));
    std::vector<std::string> out;
    for (const ServerEntry& entry : *leaving) out.push_back(entry.server.name);
    return out;
}

Result<Changes> apply_servers(std::span<const Server> servers, const Context& context) {
    const auto opened = open_to_change(context);
    if (!opened) return tl::unexpected(opened.error());
    return change(*opened, servers, context);
}

Result<Changes> compare_with_servers(std::span<const Server> servers, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    if (const auto clash = find_clash(servers)) return fail(Errc::kFailed, clash->text);
    const auto entries = opened->table.list();
    if (!entries) return tl::unexpected(entries.error());
    const auto local = local_addresses();
    if (!local) return tl::unexpected(local.error());
    const auto listening = listening_sockets();
    if (!listening) return tl::unexpected(listening.error());
    if (auto free = check_status_ports(servers, *entries, *listening, *local); !free)
        return tl::unexpected(free.error());
    std::vector<Server> before;
    for (const ServerEntry& entry : *entries) before.push_back(entry.server);
    return compare_servers(before, servers);
}

}  // namespace zdr
