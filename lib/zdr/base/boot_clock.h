// The clock of the kernel's programs, which is also that of leases: CLOCK_BOOTTIME goes on during suspend, and nobody
// sets it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace zdr {

// As the programs have it, in a time namespace too, whose own clock is offset (time_namespaces(7)).
std::chrono::nanoseconds boot_now();

// By how much this process's clock is ahead of that one.
std::chrono::nanoseconds boot_offset();

// In which /proc tells when a process started.
std::int64_t clock_ticks(std::chrono::nanoseconds time);
std::chrono::nanoseconds from_clock_ticks(std::int64_t ticks);

// That of the text of /proc/PID/timens_offsets; 0 where it has none.
std::chrono::nanoseconds parse_boot_offset(std::string_view text);

}  // namespace zdr
