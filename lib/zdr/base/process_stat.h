// What /proc says of a process, to whoever may see it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zdr {

struct ProcessStat {
    pid_t pid = 0;
    pid_t parent = 0;
    std::uint64_t birth = 0;  // in clock ticks since boot
    std::uint64_t image = 0;  // another one after each execve(); 0: it may not be seen
    std::string name;         // as it is called now

    // The same process; it may be another program by now.
    bool is_same(const ProcessStat& other) const { return pid == other.pid && birth == other.birth; }
    bool operator==(const ProcessStat&) const = default;
};

// Of the text of /proc/PID/stat (proc(5)); none: it is no such text, or that of a process that has ended, though nobody
// may have waited for it yet.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// None: it has ended, or may not be seen.
std::optional<ProcessStat> read_process_stat(pid_t pid);

}  // namespace zdr
