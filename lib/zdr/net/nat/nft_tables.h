// Which tables of nftables translate destinations, asked by netlink: that takes no tool, and hosts without NAT have
// none.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

struct NftTableName {
    std::string family;  // "ip", "ip6" or "inet"
    std::string name;

    auto operator<=>(const NftTableName&) const = default;  // NOLINT(modernize-use-nullptr)
};

// Those of this network namespace with a chain of NAT before routing; none where the kernel has no nftables. For root.
// Errors: of netlink.
Result<std::vector<NftTableName>> list_nat_tables();

}  // namespace zdr
