// The process that holds a server's state while it restarts it, so that others can tell whether it still lives.
#pragma once

#include <cstdint>

#include "zdr/base/error.h"

namespace zdr {

struct Holder {
    std::uint32_t pid = 0;
    std::uint32_t pid_ns = 0;  // inode of the PID namespace that the pid is of
    std::uint64_t birth = 0;   // start of the process, in clock ticks since boot: a pid is given again

    bool operator==(const Holder&) const = default;
};

// Errors: of reading /proc/self.
Result<Holder> this_process();

// Whether that very process still runs. One of another PID namespace cannot be seen from here, so it counts as running:
// its lease ends by itself.
bool is_running(const Holder& holder);

}  // namespace zdr
