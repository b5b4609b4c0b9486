// The NAT rules of a table of nftables, from what "nft -j list table" writes.
#pragma once

#include <string_view>

#include "zdr/net/nat/nat_rules.h"

namespace zdr {

// Its chains begin at those of NAT before routing. A rule that is not understood is left out; so are those of
// iptables-nft, of which nft does not say where they lead. Errors: it is not JSON.
Result<NatTable> parse_nft_table(std::string_view text);

}  // namespace zdr
