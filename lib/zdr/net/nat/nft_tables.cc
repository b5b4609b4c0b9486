#include "zdr/net/nat/nft_tables.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cstring>

#include "zdr/net/netlink.h"
#include "zdr/net/netlink_attributes.h"

namespace zdr {
namespace {

bool is_before_routing(const rtattr* hook) {
    if (hook == nullptr) return false;
    const rtattr* number = find_attribute(attributes_in(*hook), NFTA_HOOK_HOOKNUM);
    std::uint32_t value = 0;
    if (number == nullptr || RTA_PAYLOAD(number) != sizeof value) return false;
    std::memcpy(&value, RTA_DATA(number), sizeof value);
    return ntohl(value) == NF_INET_PRE_ROUTING;
}

std::string family_name(unsigned char family) {
    if (family == NFPROTO_IPV4) return "ip";
    if (family == NFPROTO_IPV6) return "ip6";
    return family == NFPROTO_INET ? "inet" : "";
}

void take(const nlmsghdr& message, std::vector<NftTableName>& out) {
    const auto* chain = fixed_part_of<nfgenmsg>(message);
    if (chain == nullptr) return;
    const NetlinkAttributes attributes = attributes_behind<nfgenmsg>(message);
    NftTableName table{family_name(chain->nfgen_family),
                       std::string(text_of(find_attribute(attributes, NFTA_CHAIN_TABLE)))};
    const bool is_nat = text_of(find_attribute(attributes, NFTA_CHAIN_TYPE)) == "nat";
    if (is_nat && is_before_routing(find_attribute(attributes, NFTA_CHAIN_HOOK)) && !table.family.empty())
        out.push_back(std::move(table));
}

// What the kernel answers without nftables, or without netfilter.
bool is_missing(const Error& error) {
    return error.code == std::errc::invalid_argument || error.code == std::errc::operation_not_supported ||
           error.code == std::errc::protocol_not_supported;
}

}  // namespace

Result<std::vector<NftTableName>> list_nat_tables() {
    nfgenmsg request{};
    request.nfgen_family = AF_UNSPEC;
    request.version = NFNETLINK_V0;
    std::vector<NftTableName> out;
    constexpr std::uint16_t kType = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
    auto listed = dump(NETLINK_NETFILTER, kType, request, [&](const nlmsghdr& one) { take(one, out); });
    if (!listed && is_missing(listed.error())) return out;
    if (!listed) return fail_with("list the chains of nftables", std::move(listed));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

}  // namespace zdr
