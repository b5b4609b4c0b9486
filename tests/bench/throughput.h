// What zdr costs a TCP stream that is none of its own, over a cable between two network namespaces.
#pragma once

#include <chrono>

#include "figures.h"

namespace zdr::bench {

inline constexpr double kLeastRatio = 0.98;

// Enters a sandbox. Each pair is four slices of one connection, of that length: without the real zdr-loader's hooks,
// twice with them, and without them, so that a drift of the machine falls on both alike. Throws.
Figure throughput(int pairs, std::chrono::milliseconds length);

}  // namespace zdr::bench
