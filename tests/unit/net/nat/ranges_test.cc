#include "zdr/net/nat/ranges.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/net/address_of.h"

namespace zdr {
namespace {

using test::address;

TEST(PortRange, IsReadAsIptablesWritesIt) {
    EXPECT_EQ(parse_port_range("80"), (PortRange{80, 80}));
    EXPECT_EQ(parse_port_range("80:90"), (PortRange{80, 90}));
    EXPECT_EQ(parse_port_range(":90"), (PortRange{0, 90}));
    EXPECT_EQ(parse_port_range("80:"), (PortRange{80, 65535}));
    for (const char* bad : {"", ":", "90:80", "65536", "-1", "http", "80:90:100", "8 0", "0x50"})
        EXPECT_EQ(parse_port_range(bad), std::nullopt) << bad;
}

TEST(AddressRange, OfAPrefixHasItsAddresses) {
    for (const char* text : {"10.1.0.0/16", "10.1.0.0/255.255.0.0", "10.1.0.0-10.1.255.255"}) {
        const auto range = parse_address_range(text);
        ASSERT_TRUE(range) << text;
        EXPECT_TRUE(range->has(address("10.1.0.1"))) << text;
        EXPECT_TRUE(range->has(address("10.1.255.255"))) << text;
        EXPECT_FALSE(range->has(address("10.2.0.0"))) << text;
        EXPECT_FALSE(range->has(address("10.0.255.255"))) << text;
    }
    for (const char* text : {"fd00:1::/32", "fd00:1::/ffff:ffff::", "fd00:1::-fd00:1:ffff:ffff:ffff:ffff:ffff:ffff"}) {
        const auto range = parse_address_range(text);
        ASSERT_TRUE(range) << text;
        EXPECT_TRUE(range->has(address("fd00:1::1"))) << text;
        EXPECT_FALSE(range->has(address("fd00:2::"))) << text;
    }
}

TEST(AddressRange, OfAllIPv4HasNoIPv6) {
    EXPECT_EQ(parse_address_range("0.0.0.0/0"), AddressRange::all_v4());
    EXPECT_TRUE(AddressRange::all_v4().has(address("127.0.0.1")));
    EXPECT_TRUE(AddressRange::all_v4().has(address("::ffff:10.0.0.1")));
    EXPECT_FALSE(AddressRange::all_v4().has(address("::1")));
}

TEST(AddressRange, OfOneAddressHasThatOnly) {
    const auto one = parse_address_range("192.0.2.7");

    ASSERT_TRUE(one);
    EXPECT_TRUE(one->has(address("192.0.2.7")));
    EXPECT_FALSE(one->has(address("192.0.2.8")));
    EXPECT_EQ(one->front(), address("192.0.2.7"));
}

TEST(AddressRange, WhatIsNoneIsRefused) {
    for (const std::string bad : {"", "/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/255.0.255.0",
                                  "10.0.0.0/0.255.0.0", "10.0.0.0/", "fd00::/129", "10.0.0.9-10.0.0.1",
                                  "10.0.0.1-fd00::1", "-", "10.0.0.1-", "host", "10.0.0", "fd00::/255.0.0.0x", "[::1]"})
        EXPECT_EQ(parse_address_range(bad), std::nullopt) << bad;
    EXPECT_EQ(parse_address_range(std::string_view("10.0.0.1\0", 9)), std::nullopt);
    EXPECT_EQ(parse_prefix("10.0.0.0", 33), std::nullopt);
    EXPECT_EQ(parse_prefix("fd00::", 129), std::nullopt);
}

}  // namespace
}  // namespace zdr
