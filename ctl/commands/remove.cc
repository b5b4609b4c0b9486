// The command remove: servers go, and nothing is redirected for them any more.
#include <fmt/core.h>

#include "ctl/command_table.h"
#include "zdr/control/change_servers.h"

namespace zdr::ctl {

Result<void> remove(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto context = make_context(common, env);
    const auto removed = remove_servers(names_of(parsed), parsed.flag("force"), context);
    if (!removed) return tl::unexpected(removed.error());
    for (const std::string& name : *removed) context.report(fmt::format("{}: removed", name));
    return {};
}

}  // namespace zdr::ctl
