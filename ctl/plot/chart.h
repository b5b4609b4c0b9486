// Who served how many requests a second, one on the other, so that the upper edge is what all served together.
#pragma once

#include <string_view>
#include <vector>

#include "ctl/plot/frame.h"
#include "ctl/plot/recording.h"
#include "ctl/plot/svg.h"

namespace zdr::ctl {

struct LineColour {
    std::string_view fill;
    double opacity;  // of a backup less than of its twin
};

LineColour colour_of(const PlottedLine& line);

// With its axis of amounts at the left, its top at y. Pieces of time in which something is not known are hatched: the
// pattern "unknown" is the picture's.
void draw_chart(const Recording& recording, double y, const TimeAxis& axis, Svg& svg);

}  // namespace zdr::ctl
