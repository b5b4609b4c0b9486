// The processes behind an app's port: who has its listening sockets, and what has forked under these.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/model/server.h"
#include "zdr/net/listening_sockets.h"

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

// Of the text of /proc/PID/stat (proc(5)); none: it is no such text, or that of a process that has ended.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

// The moment in the unit of ProcessStat::birth, rounded down as that is.
std::uint64_t clock_ticks(std::chrono::nanoseconds boot);

using Processes = std::map<pid_t, ProcessStat>;
using Pids = std::set<pid_t>;

// Every process that /proc shows.
Processes read_processes();

struct AppSnapshot {
    std::vector<ListeningSocket> sockets;  // of the app port
    bool is_whole = true;                  // false: of some socket nobody can be seen, or those who hold it for others
    Processes running;                     // all of this host
    Pids holders;                          // who has one of the sockets
    Pids family;                           // these, and what has forked under them
    Pids outer;                            // init, this process and those above it: they are no app
};

// Errors: of listening_sockets().
Result<AppSnapshot> look_at_app(const Server& server);

// The snapshot's family and outer, from who runs, who holds and which process looks.
void add_family(AppSnapshot& snapshot, pid_t self);

}  // namespace zdr
