// The command add: one more server, until the next load or apply of a file that does not name it.
#include <fmt/core.h>

#include "ctl/command_table.h"
#include "zdr/config/server_keys.h"
#include "zdr/control/change_servers.h"

namespace zdr::ctl {

Result<void> add(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    std::vector<std::pair<std::string, std::string>> settings;  // the keys of zdr.conf are options
    for (const auto& key : server_keys())
        for (const std::string& value : parsed.values(key.name)) settings.emplace_back(key.name, value);
    const auto server = make_server(parsed.words.front(), settings);
    if (!server) return tl::unexpected(server.error());
    const auto context = make_context(common, env);
    const auto added = add_server(*server, context);
    if (!added) return tl::unexpected(added.error());
    context.report(*added ? fmt::format("{}: added ({})", server->name, format_settings(*server))
                          : fmt::format("{}: already there", server->name));
    return {};
}

}  // namespace zdr::ctl
