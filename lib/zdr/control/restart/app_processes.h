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
#include "zdr/base/process_stat.h"
#include "zdr/model/server.h"
#include "zdr/net/listening_sockets.h"

namespace zdr {

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
