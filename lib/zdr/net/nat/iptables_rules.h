// The NAT rules of iptables and ip6tables, legacy and nft, from what their -save tools write.
#pragma once

#include <string_view>

#include "zdr/net/nat/nat_rules.h"

namespace zdr {

// The table "nat" of it. A rule that is not understood is left out.
NatTable parse_iptables_save(std::string_view text);

}  // namespace zdr
