// The command apply: the kernel's servers become those of a file.
#include <fmt/core.h>
#include <unistd.h>

#include "ctl/command_table.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"
#include "zdr/config/config.h"
#include "zdr/control/change_servers.h"

namespace zdr::ctl {
namespace {

struct ApplyOptions {
    std::string file;  // "-": standard input
    bool is_dry_run;
};

Result<Config> read(const std::string& file) {
    if (file != "-") return read_config(file);
    const auto text = read_text(STDIN_FILENO, "standard input");
    if (!text) return tl::unexpected(text.error());
    return parse_config(*text, "standard input");
}

}  // namespace

Result<void> apply(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const ApplyOptions options{.file = parsed.words.front(), .is_dry_run = parsed.flag("dry-run")};
    const auto config = read(options.file);
    if (!config) return tl::unexpected(config.error());
    // A load takes effect of it, and must not be the first to find that it is not there.
    if (const auto group = group_of(*config); !group) return tl::unexpected(group.error());
    const auto context = make_context(common, env);
    const auto changes =
        options.is_dry_run ? compare_with_servers(config->servers, context) : apply_servers(config->servers, context);
    if (!changes) return tl::unexpected(changes.error());
    if (common.is_quiet) return {};
    if (changes->empty()) {
        context.report(
            fmt::format("nothing to do: the servers are those of {} already ({})", options.file, changes->unchanged));
        return {};
    }
    if (auto shown = env.out(format_changes(*changes)); !shown)
        return options.is_dry_run ? shown : fail_with("the change is done, but cannot be shown", std::move(shown));
    context.report(fmt::format("{}{}", options.is_dry_run ? "it would be " : "", format_summary(*changes)));
    return {};
}

}  // namespace zdr::ctl
