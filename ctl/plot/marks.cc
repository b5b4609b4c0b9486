#include "ctl/plot/marks.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>

namespace zdr::ctl {
namespace {

constexpr double kLetters = 10.5;
constexpr double kClose = 7;  // marks that are closer are one
constexpr double kRight = kPictureWidth - 6;
constexpr double kLongestName = 90;

std::string format_names(const std::vector<std::string>& names) {
    if (names.empty()) return "";
    const std::string more = names.size() > 1 ? fmt::format(" and {} more", names.size() - 1) : "";
    return " " + cut_to_fit(names.front(), kLetters, kLongestName) + more;
}

// Empty: it is no step that clients or HAProxy see.
std::string text_of(const RestartEvent& event) {
    switch (event.step) {
        case RestartStep::kFlipped:
            if (event.state == State::kDrain) return "drain" + format_names(event.servers);
            return event.state == State::kMaint ? "maint" : "ready";
        case RestartStep::kAcknowledged:
            return event.state == State::kReady ? "acknowledged" : "drained";
        case RestartStep::kCommandBegun:
            return "COMMAND";
        case RestartStep::kAppUp:
            return "app up";
        case RestartStep::kFailed:
            return "failed";
        case RestartStep::kRollbackBegun:
            return "rollback";
        case RestartStep::kCanary:
            return "canary";
        case RestartStep::kIdle:
        case RestartStep::kBusy:
        case RestartStep::kCommandEnded:
        case RestartStep::kRollbackEnded:
            return "";
    }
    return "";
}

std::vector<Mark> merge(const std::vector<PlottedEvent>& events, const TimeAxis& axis) {
    std::vector<Mark> out;
    std::vector<std::string> last;
    for (const PlottedEvent& one : events) {
        const std::string text = text_of(one.event);
        if (text.empty()) continue;
        const double x = axis.x(one.at);
        const bool is_bad = one.event.step == RestartStep::kFailed;
        if (out.empty() || x - out.back().x >= kClose) {
            out.push_back({.x = x, .text = text, .lane = 0, .is_bad = is_bad});
            last = {text};
            continue;
        }
        out.back().is_bad = out.back().is_bad || is_bad;
        // Of several servers the same step is said once.
        if (std::find(last.begin(), last.end(), text) != last.end()) continue;
        out.back().text += ", " + text;
        last.push_back(text);
    }
    return out;
}

}  // namespace

// From right to left: a mark's line goes down through the lanes below its words, so that in these words of others must
// end before it.
std::vector<Mark> place_marks(const std::vector<PlottedEvent>& events, const TimeAxis& axis) {
    std::vector<Mark> out = merge(events, axis);
    std::array<double, kMostLanes> room{};
    room.fill(kRight);
    for (auto mark = out.rbegin(); mark != out.rend(); ++mark) {
        const double end = mark->x + 4 + text_width(mark->text, kLetters);
        const auto lane = std::find_if(room.begin(), room.end(), [&](double limit) { return end < limit; });
        if (lane == room.end()) {
            mark->text.clear();
            room[0] = std::min(room[0], mark->x);
            continue;
        }
        mark->lane = static_cast<std::size_t>(std::distance(room.begin(), lane));
        for (std::size_t i = 0; i <= mark->lane; ++i) room[i] = std::min(room[i], mark->x - 2);
    }
    return out;
}

std::size_t lanes_of(const std::vector<Mark>& marks) {
    std::size_t out = 1;
    for (const Mark& one : marks) out = std::max(out, one.lane + 1);
    return out;
}

void draw_marks(const std::vector<Mark>& marks, double top, double bottom, Svg& svg) {
    for (const Mark& one : marks) {
        const std::string_view ink = one.is_bad ? kBad : kFaintInk;
        const double words = top - 5 - kLaneHeight * static_cast<double>(one.lane);
        svg.line(one.x, one.text.empty() ? top : words - 9, one.x, bottom, ink, " stroke-dasharray=\"2 2\"");
        if (!one.text.empty())
            svg.text(one.x + 3, words, one.text, {.size = kLetters, .fill = one.is_bad ? kBad : kInk});
    }
}

}  // namespace zdr::ctl
