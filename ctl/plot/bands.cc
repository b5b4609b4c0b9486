#include "ctl/plot/bands.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace zdr::ctl {
namespace {

using std::chrono::milliseconds;

constexpr BandKind kReady{"ready", "#a6dcb4"};
constexpr BandKind kSoonReady{"ready, not acknowledged yet", "#d5f0dc"};
constexpr BandKind kDrain{"drain, not acknowledged yet", "#fff1c9"};
constexpr BandKind kDrained{"drained", "#f5d073"};
constexpr BandKind kMaint{"maint, not acknowledged yet", "#ffe0c7"};
constexpr BandKind kMaintained{"maint", "#f2b183"};
constexpr BandKind kCommand{"COMMAND runs", "#9cc2f2"};
constexpr BandKind kStarts{"the new app starts", "#d3e3fa"};
constexpr BandKind kFailed{"failed", "#f0aaa4"};
constexpr BandKind kRollback{"rollback", "#d6c4ee"};

constexpr BandKind kUp{"UP", "#a6dcb4"};
constexpr BandKind kUnchecked{"no check", "#e3ece4"};
constexpr BandKind kFalls{"UP, checks fail", "#fff1c9"};
constexpr BandKind kRises{"DOWN, checks succeed", "#fbdcd8"};
constexpr BandKind kDown{"DOWN", "#f0aaa4"};
constexpr BandKind kKnownClients{"NOLB or DRAIN", "#f5d073"};
constexpr BandKind kByHand{"MAINT", "#f2b183"};
constexpr BandKind kOther{"other", "#dfe3e8"};

constexpr double kLetters = 10;   // in a band
constexpr double kNarrowest = 1;  // of what is shown, in points of the picture

struct Phase {
    std::string_view text;
    BandKind kind;
};

Phase phase_of(State state, bool is_acknowledged) {
    switch (state) {
        case State::kReady:
            return {"ready", is_acknowledged ? kReady : kSoonReady};
        case State::kDrain:
            return {is_acknowledged ? "drained" : "drain", is_acknowledged ? kDrained : kDrain};
        case State::kMaint:
            return {"maint", is_acknowledged ? kMaintained : kMaint};
    }
    return {"", kOther};
}

// None: nothing changes.
std::optional<Phase> phase_after(const RestartEvent& event) {
    switch (event.step) {
        case RestartStep::kFlipped:
        case RestartStep::kAcknowledged:
            if (!event.state) return std::nullopt;
            return phase_of(*event.state, event.step == RestartStep::kAcknowledged);
        case RestartStep::kCommandBegun:
            return Phase{"COMMAND", kCommand};
        case RestartStep::kCommandEnded:
            if (event.exit_status != 0) return Phase{"failed", kFailed};
            return Phase{"starts", kStarts};
        case RestartStep::kFailed:
            return Phase{"failed", kFailed};
        case RestartStep::kRollbackBegun:
            return Phase{"rollback", kRollback};
        case RestartStep::kRollbackEnded:
            if (event.has_succeeded == true) return std::nullopt;
            return Phase{"failed", kFailed};
        case RestartStep::kStartBegun:
            return Phase{"starts", kStarts};
        case RestartStep::kHandedOver:
        case RestartStep::kStopEnded:
            return Phase{"ready", kReady};
        case RestartStep::kIdle:
        case RestartStep::kBusy:
        case RestartStep::kAppUp:
        case RestartStep::kStartEnded:
        case RestartStep::kArrived:
        case RestartStep::kStopBegun:
        case RestartStep::kCanary:
            return std::nullopt;
    }
    return std::nullopt;
}

BandKind kind_of(const std::string& status) {
    const bool is_changing = status.find('/') != std::string::npos;
    if (status.starts_with("UP")) return is_changing ? kFalls : kUp;
    if (status.starts_with("DOWN")) return is_changing ? kRises : kDown;
    if (status.starts_with("NOLB") || status.starts_with("DRAIN")) return kKnownClients;
    if (status.starts_with("MAINT")) return kByHand;
    return status == "no check" ? kUnchecked : kOther;
}

std::string format_times(const Band& band) {
    const auto in_seconds = [](milliseconds at) { return number(std::chrono::duration<double>(at).count()); };
    return fmt::format("{}: {} s to {} s", band.text, in_seconds(band.begin), in_seconds(band.end));
}

}  // namespace

std::vector<Band> zdr_bands(const PlottedServer& server, const Recording& recording) {
    std::vector<Band> out;
    const auto begin = [&](milliseconds at, const Phase& phase) {
        if (!out.empty()) out.back().end = at;
        out.push_back({at, recording.end, std::string(phase.text), phase.kind});
    };
    begin(milliseconds(0), phase_of(server.state, true));
    for (const PlottedEvent& one : recording.events) {
        const auto& names = one.event.servers;
        if (std::find(names.begin(), names.end(), server.name) == names.end()) continue;
        if (const auto phase = phase_after(one.event)) begin(one.at, *phase);
    }
    return out;
}

std::vector<Band> haproxy_bands(const PlottedLine& line) {
    std::vector<Band> out;
    for (const StatusSpan& one : line.statuses) out.push_back({one.begin, one.end, one.status, kind_of(one.status)});
    return out;
}

std::vector<Band> visible_bands(const std::vector<Band>& bands, const TimeAxis& axis) {
    std::vector<Band> out;
    double drawn = kPlotLeft - kNarrowest;
    for (const Band& one : bands) {
        if (axis.x(one.end) - std::max(axis.x(one.begin), drawn) < kNarrowest) continue;
        drawn = axis.x(one.end);
        out.push_back(one);
    }
    return out;
}

void draw_bands(const std::vector<Band>& bands, double y, const TimeAxis& axis, Svg& svg) {
    for (const Band& one : bands) {
        const double begin = axis.x(one.begin);
        const double width = axis.x(one.end) - begin;
        svg.rect_with_title({begin, y, width, kBandHeight}, one.kind.fill, format_times(one));
        if (text_width(one.text, kLetters) + 6 > width) continue;
        svg.text(begin + 4, y + kBandHeight - 4, one.text, {.size = kLetters, .fill = kInk});
    }
}

}  // namespace zdr::ctl
