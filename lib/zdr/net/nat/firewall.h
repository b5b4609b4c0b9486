// The rules of destination NAT of this host's firewall, as its own tools list them.
#pragma once

#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/nat/nat_rules.h"

namespace zdr {

// Those of iptables and ip6tables (legacy and nft) and of nftables, in this network namespace. A tool is run only where
// the kernel has tables for it, so that none makes the kernel load modules; of a firewall whose tool is not installed
// there is nothing. For root. Errors: of run_tool(), of netlink, and what nft writes is not JSON.
Result<std::vector<NatTable>> read_nat_tables();

}  // namespace zdr
