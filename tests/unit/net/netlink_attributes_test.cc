// Attributes whose lengths are wrong, in messages that end before they should. ASan sees what is read behind their end.
#include "zdr/net/netlink_attributes.h"

#include <gtest/gtest.h>

#include <vector>

namespace zdr {
namespace {

// A link and these attributes, in memory of just that size.
std::vector<std::uint32_t> link_with(std::size_t size, std::initializer_list<rtattr> attributes) {
    std::vector<std::uint32_t> out((NLMSG_LENGTH(sizeof(ifinfomsg)) + 4 * attributes.size()) / 4);
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(size);
    std::memcpy(out.data(), &header, sizeof header);
    auto* at = reinterpret_cast<char*>(out.data()) + NLMSG_LENGTH(sizeof(ifinfomsg));
    for (const rtattr& one : attributes) {
        std::memcpy(at, &one, sizeof one);
        at += sizeof one;
    }
    return out;
}

const nlmsghdr& message_in(const std::vector<std::uint32_t>& bytes) {
    return *reinterpret_cast<const nlmsghdr*>(bytes.data());
}

constexpr std::size_t kFixed = NLMSG_LENGTH(sizeof(ifinfomsg));

TEST(NetlinkAttributes, AShortMessageHasNone) {
    const auto bytes = link_with(NLMSG_HDRLEN + 4, {});

    EXPECT_EQ(fixed_part_of<ifinfomsg>(message_in(bytes)), nullptr);
    EXPECT_EQ(find_attribute(attributes_behind<ifinfomsg>(message_in(bytes)), IFLA_IFNAME), nullptr);
}

TEST(NetlinkAttributes, TheLastOnesPaddingIsNotThere) {
    const auto bytes = link_with(kFixed + 5, {{5, IFLA_MTU}, {0, 0}});

    const NetlinkAttributes attributes = attributes_behind<ifinfomsg>(message_in(bytes));

    EXPECT_NE(find_attribute(attributes, IFLA_MTU), nullptr);
    EXPECT_EQ(find_attribute(attributes, IFLA_IFNAME), nullptr);
}

TEST(NetlinkAttributes, OneThatIsLongerThanTheMessageIsNone) {
    const auto bytes = link_with(kFixed + 4, {{40, IFLA_IFNAME}});

    EXPECT_EQ(find_attribute(attributes_behind<ifinfomsg>(message_in(bytes)), IFLA_IFNAME), nullptr);
}

TEST(NetlinkAttributes, TextEndsWithItsAttribute) {
    const auto bytes = link_with(kFixed + 8, {{8, IFLA_IFNAME}, {0x6261, 0x6463}});  // "abcd", without a NUL byte

    EXPECT_EQ(text_of(find_attribute(attributes_behind<ifinfomsg>(message_in(bytes)), IFLA_IFNAME)), "abcd");
    EXPECT_EQ(text_of(nullptr), "");
}

}  // namespace
}  // namespace zdr
