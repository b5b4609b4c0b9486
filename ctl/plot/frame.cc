#include "ctl/plot/frame.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "ctl/plot/svg.h"

namespace zdr::ctl {
namespace {

constexpr double kTicks = 8;
constexpr double kMinute = 60;
constexpr double kHour = 3600;

// Times that people count in.
double time_step(double seconds) {
    constexpr std::array kTimes{0.1,  0.2,   0.5,   1.0,   2.0,   5.0,    10.0,   15.0,   30.0,
                                60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0};
    const auto* const found =
        std::find_if(kTimes.begin(), kTimes.end(), [&](double step) { return seconds / step <= kTicks; });
    if (found != kTimes.end()) return *found;
    return kHour * (static_cast<int>(seconds / kHour / kTicks) + 1);
}

std::string format_seconds(double seconds) {
    if (seconds < kMinute) return number(seconds) + " s";
    const auto minutes = static_cast<int>(seconds / kMinute);
    const double rest = seconds - minutes * kMinute;
    if (minutes < kMinute) return number(minutes) + " min" + (rest >= 1 ? fmt::format(" {:.0f} s", rest) : "");
    const int hours = minutes / 60;
    const int left = minutes % 60;
    return number(hours) + " h" + (left > 0 ? fmt::format(" {} min", left) : "");
}

}  // namespace

std::vector<double> round_steps(double most, double how_many) {
    if (!(most > 0)) return {0};
    const double rough = most / how_many;
    double power = 1;  // of ten, by what needs no libm, which each start of zdrctl would have to find
    while (power * 10 <= rough) power *= 10;
    while (power > rough) power /= 10;
    const double digit = rough / power;
    const double step = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    std::vector<double> out;
    for (double value = 0; value <= most * 1.0001; value = step * static_cast<double>(out.size())) out.push_back(value);
    return out;
}

double TimeAxis::x(std::chrono::duration<double> at) const {
    if (!(end_ > 0)) return kPlotLeft;
    return kPlotLeft + std::clamp(at.count() / end_, 0.0, 1.0) * (kPlotRight - kPlotLeft);
}

std::vector<TimeAxis::Tick> TimeAxis::ticks() const {
    if (!(end_ > 0)) return {{kPlotLeft, "0 s"}};
    const double step = time_step(end_);
    std::vector<Tick> out;
    for (int i = 0; step * i <= end_ * 1.0001; ++i)
        out.push_back({x(std::chrono::duration<double>(step * i)), format_seconds(step * i)});
    return out;
}

}  // namespace zdr::ctl
