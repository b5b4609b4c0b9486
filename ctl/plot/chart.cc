#include "ctl/plot/chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "ctl/plot/rates.h"

namespace zdr::ctl {
namespace {

constexpr std::size_t kMostPieces = 191;
constexpr double kHeadroom = 1.08;
constexpr double kSteps = 5;
constexpr double kBackupOpacity = 0.45;

// Told apart by people who see few colours, too: they differ in lightness.
constexpr std::array<std::string_view, 10> kColours{"#3b78c3", "#e8873a", "#4a9d5b", "#8f63b8", "#c4a000",
                                                    "#2f9e9e", "#c2568a", "#7c6a54", "#8fb3e0", "#a9c46c"};
constexpr std::string_view kRestColour = "#b4bcc5";

// The rates of each line, and what they add up to.
struct Stack {
    Pieces pieces;
    std::vector<std::vector<double>> rates;
    std::vector<double> totals;
    std::vector<bool> is_unknown;  // in part
    double most = 0;
};

Stack stack_of(const Recording& recording) {
    Stack out{Pieces::of(recording.end, kMostPieces), {}, {}, {}};
    out.totals.resize(out.pieces.count);
    out.is_unknown.resize(out.pieces.count);
    for (const PlottedLine& line : recording.lines) out.rates.push_back(rates_of(line.counts, out.pieces));
    for (std::size_t i = 0; i < out.pieces.count; ++i) {
        for (const auto& rates : out.rates) {
            out.is_unknown[i] = out.is_unknown[i] || std::isnan(rates[i]);
            if (!std::isnan(rates[i])) out.totals[i] += rates[i];
        }
        out.most = std::max(out.most, out.totals[i]);
    }
    return out;
}

class Area {
  public:
    Area(const Stack& stack, double y, const TimeAxis& axis) : stack_(&stack), y_(y), axis_(&axis) {}

    double height(double rate) const { return stack_->most > 0 ? rate / (stack_->most * kHeadroom) * kChartHeight : 0; }
    double y(double rate) const { return y_ + kChartHeight - height(rate); }
    double x(std::size_t piece) const { return axis_->x(stack_->pieces.length * static_cast<double>(piece)); }

    // The outline between two edges, of the pieces from begin to end: along the upper one, and back along the lower
    // one.
    std::string outline(const std::vector<double>& upper, const std::vector<double>& lower, std::size_t begin,
                        std::size_t end) const {
        std::string out = fmt::format("M{} {}", number(x(begin)), number(y(lower[begin])));
        for (std::size_t i = begin; i < end; ++i) out += step(upper[i], x(i + 1));
        for (std::size_t i = end; i > begin; --i) out += step(lower[i - 1], x(i - 1));
        return out + "Z";
    }

    // The upper edge alone.
    std::string edge(const std::vector<double>& upper, std::size_t begin, std::size_t end) const {
        std::string out = fmt::format("M{} {}", number(x(begin)), number(y(upper[begin])));
        for (std::size_t i = begin; i < end; ++i) out += step(upper[i], x(i + 1));
        return out;
    }

  private:
    std::string step(double rate, double to) const { return fmt::format("V{}H{}", number(y(rate)), number(to)); }

    const Stack* stack_;
    double y_;
    const TimeAxis* axis_;
};

// Runs of pieces that something holds of: from, and the end.
template <class Holds>
std::vector<std::pair<std::size_t, std::size_t>> runs_of(std::size_t count, const Holds& holds) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    for (std::size_t i = 0; i < count; ++i) {
        if (!holds(i)) continue;
        if (out.empty() || out.back().second != i) out.emplace_back(i, i);
        out.back().second = i + 1;
    }
    return out;
}

void draw_amounts(const Stack& stack, const Area& area, Svg& svg) {
    for (const double amount : round_steps(stack.most * kHeadroom, kSteps)) {
        const double y = area.y(amount);
        svg.line(kPlotLeft, y, kPlotRight, y, kGrid);
        const auto whole = static_cast<std::uint64_t>(amount);
        const std::string text =
            static_cast<double>(whole) == amount ? format_count(whole) : fmt::format("{:.3g}", amount);
        svg.text(kPlotLeft - 8, y + 4, text, {.fill = kFaintInk, .align = Align::kRight});
    }
}

}  // namespace

LineColour colour_of(const PlottedLine& line) {
    if (line.is_rest) return {kRestColour, 1};
    return {kColours[line.app % kColours.size()], line.is_backup ? kBackupOpacity : 1};
}

void draw_chart(const Recording& recording, double y, const TimeAxis& axis, Svg& svg) {
    const Stack stack = stack_of(recording);
    const Area area(stack, y, axis);
    draw_amounts(stack, area, svg);
    const auto unknown = runs_of(stack.pieces.count, [&](std::size_t i) { return stack.is_unknown[i]; });
    for (const auto& [begin, end] : unknown)
        svg.rect({area.x(begin), y, area.x(end) - area.x(begin), kChartHeight}, "url(#unknown)");
    std::vector<double> lower(stack.pieces.count);
    for (std::size_t line = 0; line < recording.lines.size(); ++line) {
        const std::vector<double>& rates = stack.rates[line];
        std::vector<double> upper = lower;
        for (std::size_t i = 0; i < upper.size(); ++i)
            if (!std::isnan(rates[i])) upper[i] += rates[i];
        std::string data;
        const auto seen = runs_of(upper.size(), [&](std::size_t i) { return area.height(rates[i]) >= 0.1; });
        for (const auto& [begin, end] : seen) data += area.outline(upper, lower, begin, end);
        const LineColour colour = colour_of(recording.lines[line]);
        if (!data.empty()) svg.path(data, fmt::format("fill=\"{}\" fill-opacity=\"{}\"", colour.fill, colour.opacity));
        lower = std::move(upper);
    }
    std::string edge;
    const auto known = runs_of(lower.size(), [&](std::size_t i) { return !stack.is_unknown[i]; });
    for (const auto& [begin, end] : known) edge += area.edge(lower, begin, end);
    if (!edge.empty()) svg.path(edge, fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"0.8\"", kInk));
}

}  // namespace zdr::ctl
