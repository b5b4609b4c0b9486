// The command complete: what a shell may put in the place of the last word of a command line. The shells' scripts
// (packaging/completion) only ask this.
#include "cli/complete.h"

#include <string>

#include "ctl/command_table.h"
#include "zdr/control/server_lookup.h"

namespace zdr::ctl {
namespace {

// Where zdr is not loaded, or may not be asked, there is nothing to offer: a shell has no place for an error.
std::vector<std::string> names_of_servers(const cli::Parsed& so_far, Env& env) {
    const auto common = common_options(so_far, env);
    if (!common) return {};
    auto context = make_context(*common, env);
    context.report_detail = [](std::string_view) {};
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return {};
    const auto entries = opened->table.list();
    if (!entries) return {};
    std::vector<std::string> out;
    for (const ServerEntry& one : *entries) out.push_back(one.server.name);
    return out;
}

}  // namespace

Result<void> complete(const cli::Parsed& parsed, const CommonOptions&, Env& env) {
    const auto completion = cli::complete(program(), parsed.after,
                                          [&](const cli::Parsed& so_far) { return names_of_servers(so_far, env); });
    return env.out(cli::format_completion(completion));
}

}  // namespace zdr::ctl
