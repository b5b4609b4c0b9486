// The command apply: the kernel's servers become those of a file.
#include <fmt/core.h>
#include <unistd.h>

#include "ctl/command_table.h"
#include "ctl/control/change_servers.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"
#include "zdr/config/config.h"

namespace zdr::ctl {
namespace {

Result<Config> read(const std::string& file) {
    if (file != "-") return read_config(file);
    const auto text = read_text(STDIN_FILENO, "standard input");
    if (!text) return tl::unexpected(text.error());
    return parse_config(*text, "standard input");
}

// Only looks: a reader's lock is enough.
Result<Changes> compare(std::span<const Server> servers, const Options& options, Env& env) {
    const auto opened = open_table(options, Access::kRead, env);
    if (!opened) return tl::unexpected(opened.error());
    const auto before = servers_of(opened->table);
    if (!before) return tl::unexpected(before.error());
    return compare_servers(*before, servers);
}

// The lock ends with this, so that who shows the difference slowly holds up nobody.
Result<Changes> change(std::span<const Server> servers, const Options& options, Env& env) {
    const auto opened = open_to_change(options, env);
    if (!opened) return tl::unexpected(opened.error());
    return change_servers(*opened, servers, env);
}

}  // namespace

Result<void> apply(const Options& options, Env& env) {
    if (options.names.size() != 1) return fail(Errc::kUsage, "one file is to be named (- is the standard input)");
    const auto config = read(options.names.front());
    if (!config) return tl::unexpected(config.error());
    const auto changes =
        options.dry_run ? compare(config->servers, options, env) : change(config->servers, options, env);
    if (!changes) return tl::unexpected(changes.error());
    if (options.quiet) return {};
    if (changes->empty()) {
        env.err(fmt::format("nothing to do: the servers are those of {} already ({})\n",
                            printable(options.names.front()), changes->unchanged));
        return {};
    }
    if (auto shown = env.out(render(*changes)); !shown) return shown;
    env.err(fmt::format("{}{}\n", options.dry_run ? "it would be " : "", summary(*changes)));
    return {};
}

}  // namespace zdr::ctl
