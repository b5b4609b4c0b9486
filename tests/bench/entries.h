// The same servers in the words of zdr and of each peer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zdr/model/server.h"

namespace zdr::bench {

// The server that is flipped: webA, 127.0.0.1, status port 2000 to app port 1000. Beside it so many others, on
// 127.1.x.y, with a status port each; with is_grouped, each four of a backend, webA and three of the others as well.
std::vector<Server> servers_beside(long others, bool is_grouped);

std::string zdr_conf(const std::vector<Server>& servers);
// Two rules a server, for local and remote checks, as iptables-restore reads them.
std::string iptables_rules(const std::vector<Server>& servers);
// One map for both, as nft -f reads it; it replaces what an earlier one has made.
std::string nft_rules(const std::vector<Server>& servers);
// Lines of a backend, without checks.
std::string haproxy_servers(const std::vector<Server>& servers);

}  // namespace zdr::bench
