#include "zdr/net/interfaces.h"

#include <fmt/core.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "zdr/net/netlink.h"

namespace zdr {
namespace {

// Attributes of netlink messages lie at multiples of 4 in a buffer of that alignment (netlink(7)).
template <class Visit>
void for_each_attribute(const rtattr* attribute, unsigned size, Visit visit) {
    for (; RTA_OK(attribute, size); attribute = RTA_NEXT(attribute, size))
        visit(attribute->rta_type & NLA_TYPE_MASK, attribute);
}

std::string_view text_of(const rtattr* attribute) {
    const auto* text = static_cast<const char*>(RTA_DATA(attribute));
    return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

bool is_port(std::string_view slave_kind) {
    return slave_kind == "bridge" || slave_kind == "bond" || slave_kind == "team";
}

void take_link(const nlmsghdr* header, std::vector<Interface>& out) {
    const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
    if ((link->ifi_flags & IFF_UP) == 0 || (link->ifi_flags & IFF_LOOPBACK) != 0) return;
    Interface found{static_cast<unsigned>(link->ifi_index), ""};
    bool skip = false;
    for_each_attribute(IFLA_RTA(link), static_cast<unsigned>(IFLA_PAYLOAD(header)), [&](int type, const rtattr* one) {
        if (type == IFLA_IFNAME) found.name = text_of(one);
        if (type != IFLA_LINKINFO) return;
        for_each_attribute(static_cast<const rtattr*>(RTA_DATA(one)), static_cast<unsigned>(RTA_PAYLOAD(one)),
                           [&](int inner, const rtattr* info) {
                               if (inner == IFLA_INFO_SLAVE_KIND) skip = skip || is_port(text_of(info));
                           });
    });
    if (!skip) out.push_back(std::move(found));
}

// Asks the kernel for all links (rtnetlink(7), RTM_GETLINK).
Result<std::vector<Interface>> interfaces_that_are_up() {
    std::vector<Interface> out;
    auto listed = dump(NETLINK_ROUTE, RTM_GETLINK, ifinfomsg{}, [&](const nlmsghdr& one) {
        if (one.nlmsg_type == RTM_NEWLINK) take_link(&one, out);
    });
    if (!listed) return fail_with("list the interfaces", std::move(listed));
    return out;
}

}  // namespace

Result<std::vector<Interface>> find_interfaces(const std::vector<std::string>& names) {
    if (names.size() == 1 && names.front() == "auto") return interfaces_that_are_up();
    std::vector<Interface> out;
    for (const std::string& name : names) {
        const unsigned index = if_nametoindex(name.c_str());
        if (index == 0) return fail(Errc::kFailed, fmt::format("there is no interface {}", name));
        if (index == kLoopback) continue;  // this host's own checks need no rewriting
        const auto is_same = [&](const Interface& other) { return other.index == index; };
        if (std::none_of(out.begin(), out.end(), is_same)) out.push_back({index, name});
    }
    return out;
}

}  // namespace zdr
