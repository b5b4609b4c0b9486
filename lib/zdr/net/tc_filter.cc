#include "zdr/net/tc_filter.h"

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "zdr/net/netlink.h"

namespace zdr {
namespace {

// Null where there is none of that type. Attributes lie at multiples of 4 (netlink(7)).
const rtattr* find_attribute(const rtattr* first, unsigned size, int type) {
    for (; RTA_OK(first, size); first = RTA_NEXT(first, size))
        if ((first->rta_type & NLA_TYPE_MASK) == type) return first;
    return nullptr;
}

std::uint32_t program_in(const nlmsghdr& message) {
    const auto* filter = static_cast<const tcmsg*>(NLMSG_DATA(&message));
    const rtattr* options = find_attribute(TCA_RTA(filter), static_cast<unsigned>(TCA_PAYLOAD(&message)), TCA_OPTIONS);
    if (options == nullptr) return 0;
    const rtattr* id = find_attribute(static_cast<const rtattr*>(RTA_DATA(options)),
                                      static_cast<unsigned>(RTA_PAYLOAD(options)), TCA_BPF_ID);
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
        const auto* one = static_cast<const tcmsg*>(NLMSG_DATA(&message));
        if (one->tcm_handle == filter.handle && TC_H_MAJ(one->tcm_info) >> 16 == filter.priority)
            out = program_in(message);
    });
    if (!listed) return fail_with("list the filters of an interface", std::move(listed));
    return out;
}

}  // namespace zdr
