// The command status: what the kernel holds, once or again and again.
#include <fmt/core.h>

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "ctl/command_table.h"
#include "ctl/status/checkers_table.h"
#include "ctl/status/read_status.h"
#include "ctl/status/status_json.h"
#include "ctl/status/status_table.h"

namespace zdr::ctl {
namespace {

struct StatusOptions {
    std::vector<std::string> names;
    bool is_json;
    bool watches;
    bool shows_checkers;
};

// Everything is read under one lock, and shown only after it is released: who shows slowly holds up nobody.
Result<Status> read_unlocked(std::span<const std::string> names, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    return read_status(*opened, names);
}

Result<void> show_once(const StatusOptions& options, const Context& context, Env& env) {
    const auto status = read_unlocked(options.names, context);
    if (!status) return tl::unexpected(status.error());
    if (options.is_json)
        return env.out(format_status_json(*status, env.now(), options.watches ? Layout::kOneLine : Layout::kIndented));
    for (const HookStatus& hook : status->hooks)
        if (hook.attached == false)
            context.report(fmt::format("hook {} at {} was removed by somebody else; zdr-loader load puts it back",
                                       hook.hook, hook.at));
    if (status->servers.empty()) context.report("there are no servers; name them in zdr.conf and run zdr-loader load");
    if (status->servers.empty() && !options.watches) return {};
    const bool has_colour = env.out_is_terminal() && !env.variable("NO_COLOR");
    std::string text = format_status_table(*status, env.now(), has_colour ? Colour::kYes : Colour::kNo);
    if (options.shows_checkers)
        if (const auto checkers = format_checkers_table(*status, env.now()); !checkers.empty()) text += '\n' + checkers;
    return env.out(text);
}

// On a terminal each table takes the place of the last; elsewhere an empty line stands between them.
Result<void> watch(const StatusOptions& options, const Context& context, Env& env) {
    const std::string_view before = env.out_is_terminal() ? "\x1b[2J\x1b[H" : "\n";
    env.end_on_interrupt();
    for (bool is_first = true;; is_first = false) {
        if (!options.is_json && (!is_first || env.out_is_terminal())) {
            if (auto cleared = env.out(before); !cleared) return cleared;
        }
        if (auto shown = show_once(options, context, env); !shown) return shown;
        if (!env.pause(std::chrono::seconds(1))) return {};
    }
}

}  // namespace

Result<void> status(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const StatusOptions options{.names = names_of(parsed),
                                .is_json = parsed.flag("json"),
                                .watches = parsed.flag("watch"),
                                .shows_checkers = !parsed.words.empty() || common.is_verbose};
    const auto context = make_context(common, env);
    return options.watches ? watch(options, context, env) : show_once(options, context, env);
}

}  // namespace zdr::ctl
