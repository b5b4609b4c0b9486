#include "zdr/net/interfaces.h"

#include <fmt/core.h>
#include <linux/if_link.h>
#include <net/if.h>

#include <algorithm>
#include <string_view>

#include "zdr/net/netlink.h"
#include "zdr/net/netlink_attributes.h"

namespace zdr {
namespace {

bool is_port(std::string_view slave_kind) {
    return slave_kind == "bridge" || slave_kind == "bond" || slave_kind == "team";
}

void take_link(const nlmsghdr& message, std::vector<Interface>& out) {
    const auto* link = fixed_part_of<ifinfomsg>(message);
    if (link == nullptr || (link->ifi_flags & IFF_UP) == 0 || (link->ifi_flags & IFF_LOOPBACK) != 0) return;
    const NetlinkAttributes attributes = attributes_behind<ifinfomsg>(message);
    const rtattr* info = find_attribute(attributes, IFLA_LINKINFO);
    if (info != nullptr && is_port(text_of(find_attribute(attributes_in(*info), IFLA_INFO_SLAVE_KIND)))) return;
    const std::string_view name = text_of(find_attribute(attributes, IFLA_IFNAME));
    out.push_back({static_cast<unsigned>(link->ifi_index), std::string(name)});
}

// Asks the kernel for all links (rtnetlink(7), RTM_GETLINK).
Result<std::vector<Interface>> interfaces_that_are_up() {
    std::vector<Interface> out;
    auto listed = dump(NETLINK_ROUTE, RTM_GETLINK, ifinfomsg{}, [&](const nlmsghdr& one) {
        if (one.nlmsg_type == RTM_NEWLINK) take_link(one, out);
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
