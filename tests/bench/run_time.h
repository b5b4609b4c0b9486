// What zdr's programs cost where they are attached: the kernel's own statistics while real connects pass through them.
#pragma once

#include <chrono>
#include <vector>

#include "part.h"

namespace zdr::bench {

// Enters a sandbox. Nanoseconds of a run of each program that runs, and of all that run for one connect, to ordinary
// and redirected ports. The statistics read a clock twice a run, which is in the figures. Throws.
std::vector<Record> run_times(int slices, std::chrono::milliseconds length);

}  // namespace zdr::bench
