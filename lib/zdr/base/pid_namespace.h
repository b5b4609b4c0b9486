// The PID namespace of this process, for numbers of processes that somebody else has counted.
#pragma once

#include <cstdint>

namespace zdr {

// Its inode; 0: it is the first one, in which the kernel counts, or it cannot be seen.
std::uint32_t own_pid_namespace();

}  // namespace zdr
