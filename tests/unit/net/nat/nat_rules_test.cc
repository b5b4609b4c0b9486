// Ways through chains of rules, whichever firewall they are of.
#include "zdr/net/nat/nat_rules.h"

#include <gtest/gtest.h>

#include "unit/net/address_of.h"

namespace zdr {
namespace {

using test::address;

DestinationFilter to_ports(std::uint16_t first, std::uint16_t last) {
    return {{{{{first, last}}, false}}, {}, false};
}

NatRule jump(const std::string& chain, DestinationFilter filter = {}) {
    return {std::move(filter), chain, {}};
}

NatRule translate(const char* to, DestinationFilter filter = {}) {
    return {std::move(filter), {}, address(to)};
}

TEST(FindTranslations, AskWhatEachRuleOnTheWayAsks) {
    const NatTable table{{"in"},
                         {{"in", {jump("a", to_ports(1, 100)), jump("b")}},
                          {"a", {translate("10.0.0.2", to_ports(50, 200))}},
                          {"b", {translate("10.0.0.3", to_ports(7, 7))}}}};

    const auto found = find_translations(table);

    ASSERT_TRUE(found) << found.error().text;
    ASSERT_EQ(found->size(), 2);
    EXPECT_EQ((*found)[0].to, address("10.0.0.2"));
    for (const std::uint16_t inside : std::vector<std::uint16_t>{50, 100})
        EXPECT_TRUE((*found)[0].filter.has_port(Port(inside))) << inside;
    for (const std::uint16_t outside : std::vector<std::uint16_t>{1, 49, 101, 200})
        EXPECT_FALSE((*found)[0].filter.has_port(Port(outside)));
    EXPECT_TRUE((*found)[1].filter.has_port(Port(7)));
    EXPECT_FALSE((*found)[1].filter.has_port(Port(8)));
}

TEST(FindTranslations, LeaveOutWhatNothingLeadsTo) {
    const NatTable table{{"in", "gone"},
                         {{"in", {jump("absent"), jump("udp", {{}, {}, true})}},
                          {"udp", {translate("10.0.0.2")}},
                          {"out", {translate("10.0.0.3")}}}};

    const auto found = find_translations(table);

    ASSERT_TRUE(found) << found.error().text;
    EXPECT_TRUE(found->empty());
}

TEST(FindTranslations, AreForTheFamilyOfTheirTarget) {
    const NatTable table{{"in"}, {{"in", {translate("10.0.0.2"), translate("fd00::2")}}}};

    const auto found = find_translations(table);

    ASSERT_TRUE(found) << found.error().text;
    ASSERT_EQ(found->size(), 2);
    EXPECT_TRUE((*found)[0].filter.has_address(address("192.0.2.1")));
    EXPECT_FALSE((*found)[0].filter.has_address(address("2001:db8::1")));
    EXPECT_FALSE((*found)[1].filter.has_address(address("192.0.2.1")));
    EXPECT_TRUE((*found)[1].filter.has_address(address("2001:db8::1")));
}

TEST(FindTranslations, DoNotFollowALoop) {
    const NatTable table{{"in"}, {{"in", {jump("next"), jump("next")}}, {"next", {jump("in"), translate("10.0.0.2")}}}};

    const auto found = find_translations(table);

    ASSERT_TRUE(found) << found.error().text;
    EXPECT_EQ(found->size(), 2);
}

TEST(FindTranslations, RefuseWaysWithoutEnd) {
    NatTable table{{"0"}, {}};
    for (int i = 0; i < 40; ++i) {
        const std::string next = std::to_string(i + 1);
        table.chains[std::to_string(i)] = {jump(next), jump(next)};
    }

    const auto found = find_translations(table);

    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().text, "follow the firewall's NAT rules: there are more than a million");
}

TEST(DestinationFilter, OfNegatedRangesHasTheOthers) {
    const DestinationFilter filter{
        {{{{22, 22}, {80, 90}}, true}}, {{{*parse_address_range("10.0.0.0/8")}, true}}, false};

    EXPECT_FALSE(filter.has_port(Port(22)));
    EXPECT_FALSE(filter.has_port(Port(85)));
    EXPECT_TRUE(filter.has_port(Port(23)));
    EXPECT_FALSE(filter.has_address(address("10.0.0.1")));
    EXPECT_TRUE(filter.has_address(address("11.0.0.1")));
    EXPECT_TRUE(filter.has_address(address("::1")));
}

}  // namespace
}  // namespace zdr
