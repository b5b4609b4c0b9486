// What zdr did, as lines through the picture with words above it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ctl/plot/frame.h"
#include "ctl/plot/recording.h"
#include "ctl/plot/svg.h"

namespace zdr::ctl {

struct Mark {
    double x;
    std::vector<std::string> words;  // one below the other, in the order of time; empty: there is no room for them
    std::size_t lane = 0;            // of the last of them; 0: next to the chart
    bool is_bad = false;
};

inline constexpr std::size_t kMostLanes = 6;
inline constexpr double kLaneHeight = 13;

// From left to right. Events that are close together have one mark, and no words are on others or on another's line.
std::vector<Mark> place_marks(const std::vector<PlottedEvent>& events, const TimeAxis& axis);

// How many lanes they take.
std::size_t lanes_of(const std::vector<Mark>& marks);

// Lines that end at `bottom`, and words above `top`.
void draw_marks(const std::vector<Mark>& marks, double top, double bottom, Svg& svg);

}  // namespace zdr::ctl
