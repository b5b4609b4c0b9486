// The command status: what the kernel holds, once or again and again.
#include <fmt/core.h>

#include <chrono>

#include "ctl/command_context.h"
#include "ctl/status/checkers_table.h"
#include "ctl/status/read_status.h"
#include "ctl/status/status_json.h"
#include "ctl/status/status_table.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

// Everything is read under one lock, and shown only after it is released: who shows slowly holds up nobody.
Result<Status> read_unlocked(const Options& options, Env& env) {
    const auto opened = open_table(make_context(options, env), Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    return read_status(*opened, options.names);
}

Result<void> show_once(const Options& options, Env& env) {
    const auto status = read_unlocked(options, env);
    if (!status) return tl::unexpected(status.error());
    if (options.json)
        return env.out(format_status_json(*status, env.now(), options.watch ? Layout::kOneLine : Layout::kIndented));
    for (const HookStatus& hook : status->hooks)
        if (hook.attached == false && !options.quiet)
            env.err(fmt::format("hook {} at {} was removed by somebody else; zdr-loader load puts it back\n", hook.hook,
                                printable(hook.at)));
    if (status->servers.empty() && !options.quiet)
        env.err("there are no servers; name them in zdr.conf and run zdr-loader load\n");
    if (status->servers.empty() && !options.watch) return {};
    const bool has_colour = env.out_is_terminal() && !env.variable("NO_COLOR");
    std::string text = format_status_table(*status, env.now(), has_colour ? Colour::kYes : Colour::kNo);
    if (!options.names.empty() || options.verbose)
        if (const auto checkers = format_checkers_table(*status, env.now()); !checkers.empty()) text += '\n' + checkers;
    return env.out(text);
}

// On a terminal each table takes the place of the last; elsewhere an empty line stands between them.
Result<void> watch(const Options& options, Env& env) {
    const std::string_view before = env.out_is_terminal() ? "\x1b[2J\x1b[H" : "\n";
    env.end_on_interrupt();
    for (bool is_first = true;; is_first = false) {
        if (!options.json && (!is_first || env.out_is_terminal())) {
            if (auto cleared = env.out(before); !cleared) return cleared;
        }
        if (auto shown = show_once(options, env); !shown) return shown;
        if (!env.pause(std::chrono::seconds(1))) return {};
    }
}

}  // namespace

Result<void> status(const Options& options, Env& env) {
    return options.watch ? watch(options, env) : show_once(options, env);
}

}  // namespace zdr::ctl
