// Requests a second, from counts at some times.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <vector>

#include "ctl/plot/recording.h"

namespace zdr::ctl {

// A time that is cut into pieces of the same length.
struct Pieces {
    std::chrono::duration<double> length;
    std::size_t count = 0;

    // At most `most`, none shorter than it takes to see something. None for a time without length.
    static Pieces of(std::chrono::milliseconds time, std::size_t most);
};

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// How many a second there were in each piece; between two points they are taken for evenly spread. kUnknown where the
// counts are not known from the piece's beginning to its end: a piece that is cut by the first or the last point counts
// for as far as it is known.
std::vector<double> rates_of(const std::vector<CountPoint>& counts, const Pieces& pieces);

}  // namespace zdr::ctl
