// Which servers of HAProxys the picture of a restart shows.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ctl/plot/sampler.h"
#include "zdr/haproxy/runtime_socket.h"
#include "zdr/haproxy/runtime_state.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"

namespace zdr::ctl {

struct AskedHaproxy {
    HaproxyEndpoint endpoint;
    std::vector<HaproxyServer> servers;
};

// The rows that there are for all HAProxys together; each has one more for the servers that do not fit.
inline constexpr std::size_t kMostLines = 24;

// Of each HAProxy the servers of every backend that has one of ours: first those that lead to our apps, then the
// others, who take over. Those of one app stand together, and backups behind the others. local: this host's addresses.
std::vector<SampledHaproxy> choose_plotted_lines(std::span<const AskedHaproxy> haproxys, std::span<const Server> ours,
                                                 std::span<const Address> local);

}  // namespace zdr::ctl
