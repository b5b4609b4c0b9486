// The command add: one more server, until the next load or apply of a file that does not name it.
#include <fmt/core.h>

#include "ctl/command_context.h"
#include "zdr/config/server_keys.h"
#include "zdr/control/change_servers.h"

namespace zdr::ctl {

Result<void> add(const Options& options, Env& env) {
    if (options.names.size() > 1) return fail(Errc::kUsage, "more than one server is named");
    const auto server = make_server(options.names.front(), options.settings);
    if (!server) return tl::unexpected(server.error());
    const auto context = make_context(options, env);
    const auto added = add_server(*server, context);
    if (!added) return tl::unexpected(added.error());
    context.report(*added ? fmt::format("{}: added ({})", server->name, format_settings(*server))
                          : fmt::format("{}: already there", server->name));
    return {};
}

}  // namespace zdr::ctl
