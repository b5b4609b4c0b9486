#include "zdr/net/tc_filter.h"

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "zdr/net/netlink.h"
#include "zdr/net/netlink_attributes.h"

namespace zdr {
namespace {

std::uint32_t program_in(const nlmsghdr& message) {
    const rtattr* options = find_attribute(attributes_behind<tcmsg>(message), TCA_OPTIONS);
    if (options == nullptr) return 0;
    const rtattr* id = find_attribute(attributes_in(*options), TCA_BPF_ID);
    std::uint32_t out = 0;
    if (id != nullptr && RTA_PAYLOAD(id) >= sizeof out) std::memcpy(&out, RTA_DATA(id), sizeof out);
    return out;
}

}  // namespace

Result<std::uint32_t> program_of(const TcFilter& filter) {
    tcmsg request{};
    request.tcm_family = AF_UNSPEC;
    request.tcm_ifindex = filter.interface_index;
    request.tcm_parent = TC_H_MAKE(TC_H_CLSACT, filter.is_ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
    std::uint32_t out = 0;
    auto listed = dump(NETLINK_ROUTE, RTM_GETTFILTER, request, [&](const nlmsghdr& message) {
        if (message.nlmsg_type != RTM_NEWTFILTER) return;
        const auto* one = fixed_part_of<tcmsg>(message);
        if (one != nullptr && one->tcm_handle == filter.handle && TC_H_MAJ(one->tcm_info) >> 16 == filter.priority)
            out = program_in(message);
    });
    if (!listed) return fail_with("list the filters of an interface", std::move(listed));
    return out;
}

}  // namespace zdr
