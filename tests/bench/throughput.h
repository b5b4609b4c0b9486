// What zdr costs a TCP stream that is none of its own, over a cable between two network namespaces.
#pragma once

#include <chrono>

#include "figures.h"

namespace zdr::bench {

inline constexpr double kLeastRatio = 0.98;

// Enters a sandbox. Each run streams for that long, with the real zdr-loader's hooks or without. Throws.
Figure throughput(int pairs, std::chrono::milliseconds stretch);

}  // namespace zdr::bench
