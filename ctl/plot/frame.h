// Where the parts of the picture are, and how times and amounts become places on it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zdr::ctl {

inline constexpr double kPictureWidth = 800;
inline constexpr double kPlotLeft = 150;
inline constexpr double kPlotRight = 724;
inline constexpr double kTotalsRight = 786;  // numbers at the end of a row
inline constexpr double kChartHeight = 200;
inline constexpr double kRowHeight = 20;
inline constexpr double kBandHeight = 15;

inline constexpr std::string_view kPaper = "#ffffff";
inline constexpr std::string_view kInk = "#1f2328";
inline constexpr std::string_view kFaintInk = "#59636e";
inline constexpr std::string_view kGrid = "#d8dee4";
inline constexpr std::string_view kBad = "#b42318";

// Round numbers from 0 on, some 5 of them, the last at most that.
std::vector<double> round_steps(double most, double how_many);

class TimeAxis {
  public:
    explicit TimeAxis(std::chrono::milliseconds end) : end_(std::chrono::duration<double>(end).count()) {}

    double x(std::chrono::duration<double> at) const;

    struct Tick {
        double x;
        std::string text;  // "2 s", "1 min", "1 min 30 s", "1 h 5 min"
    };
    std::vector<Tick> ticks() const;

  private:
    double end_;
};

}  // namespace zdr::ctl
