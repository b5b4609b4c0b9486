// The command remove: servers go, and nothing is redirected for them any more.
#include <fmt/core.h>

#include "ctl/command_table.h"
#include "zdr/control/change_servers.h"

namespace zdr::ctl {
namespace {

struct RemoveOptions {
    std::vector<std::string> names;
    bool force;
};

}  // namespace

Result<void> remove(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const RemoveOptions options{.names = names_of(parsed), .force = parsed.flag("force")};
    const auto context = make_context(common, env);
    const auto removed = remove_servers(options.names, options.force, context);
    if (!removed) return tl::unexpected(removed.error());
    for (const std::string& name : *removed) context.report(fmt::format("{}: removed", name));
    return {};
}

}  // namespace zdr::ctl
