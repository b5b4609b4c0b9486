// The command status: what the kernel holds, once or again and again.
#include <fmt/core.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "ctl/command_table.h"
#include "ctl/status/checkers_table.h"
#include "ctl/status/read_status.h"
#include "ctl/status/status_json.h"
#include "ctl/status/status_table.h"
#include "ctl/status/watch_screen.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::ctl {
namespace {

constexpr std::chrono::seconds kWatchPause(1);

struct StatusOptions {
    std::vector<std::string> names;
    bool is_json;
    bool watches;
    bool is_wide;
    bool shows_checkers;
};

// Everything is read under one lock, and shown only after it is released: who shows slowly holds up nobody.
Result<Status> read_unlocked(std::span<const std::string> names, const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    return read_status(*opened, names);
}

// What is to be said beside the servers.
std::vector<std::string> notes_of(const Status& status, const Context& context) {
    std::vector<std::string> out;
    const std::string load = load_command(context.state_dir);
    for (const HookStatus& hook : status.hooks)
        if (hook.attached == false)
            out.push_back(
                fmt::format("hook {} at {} was removed by somebody else; {} puts it back", hook.hook, hook.at, load));
    if (status.servers.empty()) out.push_back("there are no servers; name them in zdr.conf and run " + load);
    return out;
}

// The columns that a table may have; none: as many as it wants.
std::optional<std::size_t> room_of(const StatusOptions& options, const Env& env) {
    return env.out_is_terminal() && !options.is_wide ? std::optional(env.window().columns) : std::nullopt;
}

Colour colour_of(const Env& env) {
    return env.has_colours() ? Colour::kYes : Colour::kNo;
}

Result<void> show_tables(const StatusOptions& options, const Status& status, const Context& context, Env& env) {
    const auto room = room_of(options, env);
    const StatusTable table(status, env.now(), colour_of(env), room);
    std::string text = table.text();
    if (options.shows_checkers)
        if (const auto checkers = format_checkers_table(status, env.now(), room); !checkers.empty())
            text += '\n' + checkers;
    if (auto shown = env.out(text); !shown) return shown;
    std::string left_out;
    for (const std::string_view one : table.left_out()) left_out.append(left_out.empty() ? "" : ", ").append(one);
    if (!left_out.empty()) context.report(fmt::format("--wide shows {}, too", left_out));
    return {};
}

Result<void> show_once(const StatusOptions& options, const Context& context, Env& env) {
    const auto status = read_unlocked(options.names, context);
    if (!status) return tl::unexpected(status.error());
    if (options.is_json)
        return env.out(format_status_json(*status, env.now(), options.watches ? Layout::kOneLine : Layout::kIndented));
    for (const std::string& note : notes_of(*status, context)) context.report(note);
    if (status->servers.empty() && !options.watches) return {};
    return show_tables(options, *status, context, env);
}

// Between two tables stands an empty line. A reader that has seen enough ends a watch.
Result<void> watch_lines(const StatusOptions& options, const Context& context, Env& env) {
    for (bool is_first = true;; is_first = false) {
        auto shown = options.is_json || is_first ? Result<void>() : env.out("\n");
        if (shown) shown = show_once(options, context, env);
        if (!shown && shown.error().code == std::errc::broken_pipe) return {};
        if (!shown) return shown;
        if (!env.pause(kWatchPause)) return fail(Errc::kInterrupted, "interrupted");
    }
}

// The terminal's other screen, for as long as this lives.
class Screen {
  public:
    explicit Screen(Env& env) : env_(env) { env_.begin_screen(); }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen() { env_.end_screen(); }

  private:
    Env& env_;
};

Result<void> watch_screen(const StatusOptions& options, Context context, Env& env) {
    std::vector<std::string> said;  // by the library; standard error is the same terminal
    context.report = [&](std::string_view line) { said.emplace_back(line); };
    context.report_detail = [](std::string_view) {};
    WatchScreen screen(
        {.colour = colour_of(env), .is_wide = options.is_wide, .shows_checkers = options.shows_checkers});
    const Screen own(env);
    for (;;) {
        said.clear();
        auto status = read_unlocked(options.names, context);
        if (!status) return tl::unexpected(status.error());
        auto notes = notes_of(*status, context);
        notes.insert(notes.end(), said.begin(), said.end());
        const auto lines = screen.draw(std::move(*status), env.now(), env.window(), notes);
        if (auto shown = env.out(format_frame(lines)); !shown) return shown;
        if (!env.pause(kWatchPause)) return fail(Errc::kInterrupted, "interrupted");
    }
}

}  // namespace

Result<void> status(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const StatusOptions options{.names = names_of(parsed),
                                .is_json = parsed.flag("json"),
                                .watches = parsed.flag("watch"),
                                .is_wide = parsed.flag("wide"),
                                .shows_checkers = !parsed.words.empty() || common.is_verbose};
    const auto context = make_context(common, env);
    if (!options.watches) return unless_reader_left(show_once(options, context, env));
    env.stop_on_interrupt();
    return options.is_json || !env.has_screen() ? watch_lines(options, context, env)
                                                : watch_screen(options, context, env);
}

}  // namespace zdr::ctl
