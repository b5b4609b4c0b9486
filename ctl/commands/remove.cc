// The command remove: servers go, and nothing is redirected for them any more.
#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

#include "ctl/command_table.h"
#include "ctl/control/change_servers.h"
#include "ctl/control/min_ready.h"

namespace zdr::ctl {
namespace {

Result<std::vector<Server>> without(const ServerTable& table, const std::vector<ServerEntry>& leaving) {
    auto servers = servers_of(table);
    if (!servers) return servers;
    std::set<std::string_view> names;
    for (const ServerEntry& entry : leaving) names.insert(entry.server.name);
    std::erase_if(*servers, [&](const Server& server) { return names.contains(server.name); });
    return servers;
}

Result<std::vector<ServerEntry>> remove_all(const Options& options, Env& env) {
    const auto opened = open_to_change(options, env);
    if (!opened) return tl::unexpected(opened.error());
    auto leaving = find_servers(opened->table, options.names);
    if (!leaving) return leaving;
    if (!options.force)
        if (auto safe = check_min_ready(opened->table, *leaving, env.now().boot); !safe)
            return tl::unexpected(std::move(safe.error()));
    const auto servers = without(opened->table, *leaving);
    if (!servers) return tl::unexpected(servers.error());
    if (auto changed = change_servers(*opened, *servers, env); !changed)
        return tl::unexpected(std::move(changed.error()));
    return leaving;
}

}  // namespace

Result<void> remove(const Options& options, Env& env) {
    const auto removed = remove_all(options, env);
    if (!removed) return tl::unexpected(removed.error());
    if (!options.quiet)
        for (const ServerEntry& entry : *removed) env.err(fmt::format("{}: removed\n", entry.server.name));
    return {};
}

}  // namespace zdr::ctl
