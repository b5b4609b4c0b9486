// Which processes have a socket, as far as the caller may see the processes of others.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zdr/net/listening_sockets.h"

namespace zdr {

struct RunningProcess {
    pid_t pid = 0;
    std::string name;     // what it is called now ("nginx"), made fit for a terminal; empty: it has ended
    std::string program;  // the last part of its program's path; empty: it may not be seen
};

std::vector<RunningProcess> running_processes();
std::vector<pid_t> running_pids();

// Whether a process is in a cgroup (of version 2, by its path) or below it; none: that may not be seen.
std::optional<bool> is_in_cgroup(pid_t pid, const std::string& cgroup);

class SocketOwners {
  public:
    // By pid; none where they may not be seen, or nobody has the socket. /proc is read once, when first asked.
    std::vector<RunningProcess> of(const ListeningSocket& socket);

  private:
    std::optional<std::vector<std::pair<std::uint64_t, pid_t>>> pids_;  // of all sockets, by inode, sorted
};

}  // namespace zdr
