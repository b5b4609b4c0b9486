// The attributes of a netlink message (rtnetlink(7)): each has a type and a value, and lies at a multiple of 4.
// Whatever the lengths in them say, nothing outside of the message is read.
#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <string_view>

namespace zdr {

struct NetlinkAttributes {
    const rtattr* first = nullptr;
    int size = 0;  // bytes; with unsigned ones, the padding of the last attribute would take it below 0
};

// What stands between a message's header and its attributes; null where the message is shorter.
template <class Fixed>
const Fixed* fixed_part_of(const nlmsghdr& message) {
    return message.nlmsg_len < NLMSG_LENGTH(sizeof(Fixed)) ? nullptr : static_cast<const Fixed*>(NLMSG_DATA(&message));
}

// Those behind a message's fixed part; none where it is shorter than that.
template <class Fixed>
NetlinkAttributes attributes_behind(const nlmsghdr& message) {
    constexpr int kBegin = NLMSG_SPACE(sizeof(Fixed));
    const auto* first = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(&message) + kBegin);
    return {first, static_cast<int>(message.nlmsg_len) - kBegin};
}

// Those that are the value of another one.
inline NetlinkAttributes attributes_in(const rtattr& outer) {
    return {static_cast<const rtattr*>(RTA_DATA(&outer)), static_cast<int>(RTA_PAYLOAD(&outer))};
}

// Null where there is none of that type.
inline const rtattr* find_attribute(NetlinkAttributes in, int type) {
    for (const rtattr* one = in.first; RTA_OK(one, in.size); one = RTA_NEXT(one, in.size))
        if ((one->rta_type & NLA_TYPE_MASK) == type) return one;
    return nullptr;
}

// Up to its NUL byte, or all of it; of null, nothing.
inline std::string_view text_of(const rtattr* attribute) {
    if (attribute == nullptr) return {};
    const auto* text = static_cast<const char*>(RTA_DATA(attribute));
    return {text, strnlen(text, RTA_PAYLOAD(attribute))};
}

}  // namespace zdr
