// What zdr's tc programs cost packets that are none of zdr's, over a program that does nothing.
#pragma once

#include <string>
#include <vector>

#include "record.h"

namespace zdr::bench {

// Times an empty program. It takes some 45 ns, so this is some 30 ns more; a slower machine needs longer for both.
inline constexpr double kMostOfEmpty = 1.7;

// Enters a new network namespace. Two records for each kind of packet; every run is of so many packets. Throws.
std::vector<Record> program_costs(const std::string& part, int pairs, int packets);

}  // namespace zdr::bench
