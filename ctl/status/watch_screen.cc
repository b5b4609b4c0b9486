#include "ctl/status/watch_screen.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <span>
#include <sstream>
#include <utility>

#include "ctl/status/checkers_table.h"
#include "zdr/base/columns.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kMarked(10);  // how long a server that has changed is marked
constexpr std::size_t kFewLines = 4;         // the time, the last change, the headings and a server
constexpr std::string_view kMark = "* ";
constexpr std::string_view kNoMark = "  ";

// "10:00:05", as the clock on the wall of whoever looks.
std::string format_clock(const Now& now) {
    const auto time = static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(now.wall).count());
    std::tm fields{};
    localtime_r(&time, &fields);
    return fmt::format("{:02}:{:02}:{:02}", fields.tm_hour, fields.tm_min, fields.tm_sec);
}

State state_of(const ServerStatus& one, const Now& now) {
    return one.flip.effective(now.boot);
}

// Worth looking at first: what is out, then what is ready and has nothing that listens.
int rank_of(const ServerStatus& one, const Now& now) {
    if (state_of(one, now) != State::kReady) return 0;
    return one.listening == false ? 1 : 2;
}

std::string format_change(std::string_view name, State before, State after) {
    return fmt::format("{}: {} -> {}", printable(name), to_string(before), to_string(after));
}

}  // namespace

std::string format_frame(const std::vector<std::string>& lines) {
    std::string out = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i) out += fmt::format("{}\x1b[2K{}", i == 0 ? "" : "\r\n", lines[i]);
    return out + "\x1b[J";
}

// What was not there when the watch began is new; the first look finds nothing changed.
void WatchScreen::note_changes(const Status& status, const Now& now) {
    std::vector<std::string> changes;
    std::map<std::string, Seen, std::less<>> seen;
    for (const ServerStatus& one : status.servers) {
        const std::string& name = one.server.name;
        Seen is{state_of(one, now), one.listening, nanoseconds(0)};
        const auto was = seen_.find(name);
        std::string change;
        if (was == seen_.end() && has_begun_) change = fmt::format("{}: added", printable(name));
        if (was != seen_.end()) {
            is.changed_boot = was->second.changed_boot;
            const auto before = was->second.listening;
            if (was->second.state != is.state)
                change = format_change(name, was->second.state, is.state);
            else if (before && is.listening && *before != *is.listening)
                change = fmt::format("{}: its app {}", printable(name), *is.listening ? "listens" : "listens no more");
        }
        if (!change.empty()) is.changed_boot = now.boot;
        if (!change.empty()) changes.push_back(std::move(change));
        seen.emplace(name, is);
    }
    for (const auto& [name, was] : seen_)
        if (!seen.contains(name)) changes.push_back(fmt::format("{}: removed", printable(name)));
    seen_ = std::move(seen);
    if (!changes.empty())
        last_change_ = fmt::format("{} {}{}", format_clock(now), changes.front(),
                                   changes.size() == 1 ? "" : fmt::format(", and {} more", changes.size() - 1));
    if (!std::exchange(has_begun_, true)) last_change_ = fmt::format("none since {}", format_clock(now));
}

bool WatchScreen::has_just_changed(const std::string& name, const Now& now) const {
    const auto found = seen_.find(name);
    if (found == seen_.end() || found->second.changed_boot.count() == 0) return false;
    return now.boot - found->second.changed_boot < kMarked;
}

// "3 servers: 1 drain, 2 ready, 1 without a listener"
std::string WatchScreen::format_servers(const Status& status, const Now& now) const {
    const auto count = [&](auto is) { return std::count_if(status.servers.begin(), status.servers.end(), is); };
    std::string out;
    for (const State state : {State::kMaint, State::kDrain, State::kReady}) {
        const auto found = count([&](const ServerStatus& one) { return state_of(one, now) == state; });
        if (found > 0) out += fmt::format("{}{} {}", out.empty() ? ": " : ", ", found, to_string(state));
    }
    const auto silent = count([](const ServerStatus& one) { return one.listening == false; });
    if (silent > 0) out += fmt::format(", {} without a listener", silent);
    return fmt::format("{} server{}{}", status.servers.size(), status.servers.size() == 1 ? "" : "s", out);
}

// As many as there is room for; the last line counts the others.
void WatchScreen::draw_servers(const Status& status, const Now& now, const Window& window,
                               std::vector<std::string>& out) const {
    const std::size_t margin = kMark.size();
    const auto room =
        look_.is_wide ? std::nullopt : std::optional(window.columns > margin ? window.columns - margin : 1);
    const StatusTable table(status, now, look_.colour, room);
    const auto add = [&](std::string_view mark, std::string line) {
        line.pop_back();  // the newline
        out.push_back(std::string(mark) + line);
    };
    if (out.size() < window.lines) add(kNoMark, table.headings());
    const auto& servers = status.servers;
    const std::size_t lines = window.lines - std::min(out.size(), window.lines);
    const std::size_t shown = servers.size() <= lines ? servers.size() : lines - std::min<std::size_t>(lines, 1);
    for (std::size_t i = 0; i < shown; ++i)
        add(has_just_changed(servers[i].server.name, now) ? kMark : kNoMark, table.line(i));
    if (shown == servers.size() || lines == 0) return;
    const auto rest = std::span(servers).subspan(shown);
    const auto out_of_it = std::count_if(rest.begin(), rest.end(),
                                         [&](const ServerStatus& one) { return state_of(one, now) != State::kReady; });
    out.push_back(fmt::format("{}... and {} more, {}", kNoMark, rest.size(),
                              out_of_it == 0 ? "all ready" : fmt::format("{} of them not ready", out_of_it)));
}

void WatchScreen::draw_checkers(const Status& status, const Now& now, const Window& window,
                                std::vector<std::string>& out) const {
    std::istringstream lines(
        format_checkers_table(status, now, look_.is_wide ? std::nullopt : std::optional(window.columns)));
    bool is_first = true;
    for (std::string line; std::getline(lines, line); is_first = false) {
        if (is_first && out.size() + 2 < window.lines) out.emplace_back();
        if (out.size() >= window.lines) return;
        out.push_back(line);
    }
}

std::vector<std::string> WatchScreen::draw(Status status, const Now& now, const Window& window,
                                           const std::vector<std::string>& notes) {
    note_changes(status, now);
    std::stable_sort(status.servers.begin(), status.servers.end(),
                     [&](const ServerStatus& a, const ServerStatus& b) { return rank_of(a, now) < rank_of(b, now); });
    std::vector<std::string> out = {fmt::format("{}  {}", format_clock(now), format_servers(status, now)),
                                    "last change: " + last_change_};
    // Most of the window is the servers'.
    const std::size_t most = window.lines < kFewLines ? 0 : (window.lines - kFewLines) / 4;
    out.insert(out.end(), notes.begin(), notes.begin() + static_cast<std::ptrdiff_t>(std::min(notes.size(), most)));
    for (std::string& line : out) line = cut_to_width(printable(line), window.columns);
    if (out.size() > window.lines) out.resize(window.lines);
    draw_servers(status, now, window, out);
    if (look_.shows_checkers) draw_checkers(status, now, window, out);
    return out;
}

}  // namespace zdr::ctl
