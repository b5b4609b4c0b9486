// The command add: one more server, until the next load or apply of a file that does not name it.
#include <fmt/core.h>

#include "ctl/command_table.h"
#include "ctl/control/change_servers.h"
#include "zdr/config/server_keys.h"

namespace zdr::ctl {
namespace {

// Whether it was not there already.
Result<bool> add_one(const Server& server, const Options& options, Env& env) {
    const auto opened = open_to_change(options, env);
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
    const auto changed = change_servers(*opened, *servers, env);
    if (!changed) return tl::unexpected(changed.error());
    return true;
}

}  // namespace

Result<void> add(const Options& options, Env& env) {
    if (options.names.size() > 1) return fail(Errc::kUsage, "more than one server is named");
    const auto server = make_server(options.names.front(), options.settings);
    if (!server) return tl::unexpected(server.error());
    const auto added = add_one(*server, options, env);
    if (!added) return tl::unexpected(added.error());
    if (options.quiet) return {};
    env.err(*added ? fmt::format("{}: added ({})\n", server->name, format_settings(*server))
                   : fmt::format("{}: already there\n", server->name));
    return {};
}

}  // namespace zdr::ctl
