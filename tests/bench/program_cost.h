// What zdr's tc programs cost packets that are none of zdr's, over a program that does nothing.
#pragma once

#include <vector>

#include "figures.h"

namespace zdr::bench {

inline constexpr double kMostNanoseconds = 30;

// Enters a new network namespace. One figure for each kind of packet; every run is of so many packets. Throws.
std::vector<Figure> program_costs(int pairs, int packets);

}  // namespace zdr::bench
