#include "zdr/net/nat/nft_tables.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstring>

#include "zdr/net/netlink.h"

namespace zdr {
namespace {

constexpr unsigned short kMaxAttribute = NFTA_CHAIN_MAX;

struct Attributes {
    const rtattr* of[kMaxAttribute + 1] = {};
};

// Attributes lie at multiples of 4 (netlink(7)).
Attributes attributes_in(const rtattr* first, unsigned size) {
    Attributes out;
    for (; RTA_OK(first, size); first = RTA_NEXT(first, size))
        if ((first->rta_type & NLA_TYPE_MASK) <= kMaxAttribute) out.of[first->rta_type & NLA_TYPE_MASK] = first;
    return out;
}

std::string text_in(const rtattr* attribute) {
    if (attribute == nullptr) return {};
    const auto* text = static_cast<const char*>(RTA_DATA(attribute));
    return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

bool is_before_routing(const rtattr* hook) {
    if (hook == nullptr) return false;
    const auto* inner = static_cast<const rtattr*>(RTA_DATA(hook));
    const rtattr* number = attributes_in(inner, static_cast<unsigned>(RTA_PAYLOAD(hook))).of[NFTA_HOOK_HOOKNUM];
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
    constexpr unsigned kBegin = NLMSG_SPACE(sizeof(nfgenmsg));  // of the attributes
    if (message.nlmsg_len < kBegin) return;
    const auto* chain = static_cast<const nfgenmsg*>(NLMSG_DATA(&message));
    const auto* first = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(&message) + kBegin);
    const Attributes attributes = attributes_in(first, message.nlmsg_len - kBegin);
    NftTableName table{family_name(chain->nfgen_family), text_in(attributes.of[NFTA_CHAIN_TABLE])};
    const bool is_nat = text_in(attributes.of[NFTA_CHAIN_TYPE]) == "nat";
    if (is_nat && is_before_routing(attributes.of[NFTA_CHAIN_HOOK]) && !table.family.empty())
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
