// Listening sockets that no app serves: their process only holds the port for a container, or forwards it there.
#pragma once

#include <string>
#include <vector>

#include "zdr/net/listening_sockets.h"
#include "zdr/net/socket_owners.h"

namespace zdr {

// The names of such processes, as the kernel keeps them: 15 bytes at most.
std::vector<std::string> port_holder_names();

// Whether a process is one that container engines start for that: conmon, docker-proxy and the like.
bool is_port_holder(const RunningProcess& process);

// Those of the sockets that such processes have, and no other process. For root, who sees all of them.
std::vector<ListeningSocket> held_for_containers(const std::vector<ListeningSocket>& listening);

}  // namespace zdr
