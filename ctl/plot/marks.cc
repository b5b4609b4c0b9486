#include "ctl/plot/marks.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <limits>

namespace zdr::ctl {
namespace {

constexpr double kLetters = 10.5;
constexpr double kClose = 7;  // marks that are closer are one
constexpr double kRight = kPictureWidth - 6;
constexpr double kLongestName = 70;
constexpr const char* kAppUp = "app up";

std::string format_names(const std::vector<std::string>& names) {
    if (names.empty()) return "";
    const std::string more = names.size() > 1 ? fmt::format(" +{}", names.size() - 1) : "";
    return " " + shorten_to_fit(names.front(), kLetters, kLongestName) + more;
}

// Empty: it is no step that clients or HAProxy see.
std::string text_of(const RestartEvent& event) {
    switch (event.step) {
        case RestartStep::kFlipped:
            if (event.state == State::kDrain) return "drain" + format_names(event.servers);
            return event.state == State::kMaint ? "maint" : "ready";
        case RestartStep::kAcknowledged:
            return event.state == State::kReady ? "up again" : "drained";
        case RestartStep::kCommandBegun:
            return "COMMAND";
        case RestartStep::kAppUp:
            return kAppUp;
        case RestartStep::kFailed:
            return "failed";
        case RestartStep::kRollbackBegun:
            return "rollback";
        case RestartStep::kCanary:
            return "canary";
        case RestartStep::kStartBegun:
            return "start" + format_names(event.servers);
        case RestartStep::kHandedOver:
            return "handover";
        case RestartStep::kStopBegun:
            return "stop";
        case RestartStep::kIdle:
        case RestartStep::kBusy:
        case RestartStep::kCommandEnded:
        case RestartStep::kStartEnded:
        case RestartStep::kArrived:
        case RestartStep::kStopEnded:
        case RestartStep::kRollbackEnded:
            return "";
    }
    return "";
}

// Of several servers the same step is said once, and an app that is up only where it is not ready at once.
void add_words(Mark& mark, const std::string& text) {
    if (std::find(mark.words.begin(), mark.words.end(), text) != mark.words.end()) return;
    if (text == "ready") std::erase(mark.words, kAppUp);
    mark.words.push_back(text);
}

std::vector<Mark> merge(const std::vector<PlottedEvent>& events, const TimeAxis& axis) {
    std::vector<Mark> out;
    for (const PlottedEvent& one : events) {
        const std::string text = text_of(one.event);
        if (text.empty()) continue;
        const double x = axis.x(one.at);
        if (out.empty() || x - out.back().x >= kClose) out.push_back({.x = x, .words = {}});
        add_words(out.back(), text);
        out.back().is_bad = out.back().is_bad || one.event.step == RestartStep::kFailed;
    }
    return out;
}

double width_of(const Mark& mark) {
    double out = 0;
    for (const std::string& one : mark.words) out = std::max(out, text_width(one, kLetters));
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
        const double end = mark->x + 4 + width_of(*mark);
        auto* const lane = std::search_n(room.begin(), room.end(), mark->words.size(), end, std::greater<>());
        mark->lane = static_cast<std::size_t>(std::distance(room.begin(), lane));
        if (lane == room.end()) {
            mark->words.clear();
            mark->lane = 0;
        }
        const std::size_t used = std::max<std::size_t>(mark->lane + mark->words.size(), 1);
        for (std::size_t i = 0; i < used; ++i) room[i] = std::min(room[i], mark->x - 2);
    }
    return out;
}

std::size_t lanes_of(const std::vector<Mark>& marks) {
    std::size_t out = 1;
    for (const Mark& one : marks) out = std::max(out, one.lane + one.words.size());
    return out;
}

void draw_marks(const std::vector<Mark>& marks, double top, double bottom, Svg& svg) {
    for (const Mark& one : marks) {
        const std::size_t lanes = one.lane + one.words.size();
        double words = top - 5 - kLaneHeight * (static_cast<double>(lanes) - 1);
        svg.line(one.x, one.words.empty() ? top : words - 9, one.x, bottom, one.is_bad ? kBad : kFaintInk,
                 one.words.empty() ? " stroke-dasharray=\"2 2\" stroke-opacity=\"0.4\"" : " stroke-dasharray=\"2 2\"");
        for (const std::string& text : one.words) {
            svg.text(one.x + 3, words, text, {.size = kLetters, .fill = one.is_bad ? kBad : kInk});
            words += kLaneHeight;
        }
    }
}

}  // namespace zdr::ctl
