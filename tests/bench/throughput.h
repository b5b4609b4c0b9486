// What zdr costs a TCP stream that is none of its own, over a cable between two network namespaces.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "record.h"

namespace zdr::bench {

inline constexpr double kLeastRatio = 0.98;

// Enters a sandbox. Each pair is four slices of one connection, of that length: without the real zdr-loader's hooks,
// twice with them, and without them, so that a drift of the machine falls on both alike. Throws.
std::vector<Record> throughput(const std::string& part, int pairs, std::chrono::milliseconds length);

}  // namespace zdr::bench
