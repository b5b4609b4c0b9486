#include "zdr/net/endpoint.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::string_view_literals;

TEST(Port, DecimalDigits) {
    for (const auto& [text, number] : {std::pair("1", 1), {"80", 80}, {"0080", 80}, {"65535", 65535}}) {
        const auto port = Port::parse(text);

        ASSERT_TRUE(port) << text;
        EXPECT_EQ(port->host(), number);
    }
}

TEST(Port, AnythingElseIsAUsageErrorThatShowsIt) {
    for (const std::string_view text : {""sv, "0"sv, "65536"sv, "-1"sv, "+1"sv, " 1"sv, "1 "sv, "1.0"sv, "0x50"sv,
                                        "http"sv, "99999999999999999999"sv, "80\0"sv, "80\n"sv}) {
        const auto port = Port::parse(text);

        ASSERT_FALSE(port) << text;
        EXPECT_EQ(port.error().code, Errc::kUsage);
        EXPECT_NE(port.error().text.find("is not a port (1 to 65535)"), std::string::npos) << port.error().text;
    }
}

TEST(Port, NetworkByteOrder) {
    const Port port(0x1234);

    EXPECT_EQ(port.network(), htons(0x1234));
    EXPECT_EQ(Port::from_network(htons(0x1234)), port);
}

TEST(Address, NumericFormsAreReadAndWrittenBack) {
    const struct {
        std::string_view text;
        std::string_view shown;
        bool v4;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"255.255.255.254", "255.255.255.254", true},
        {"::ffff:10.0.0.1", "10.0.0.1", true},
        {"[::ffff:a00:1]", "10.0.0.1", true},
        {"::1", "::1", false},
        {"[::1]", "::1", false},
        {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", false},
        {"fe80::1", "fe80::1", false},
        {"64:ff9b::10.0.0.1", "64:ff9b::a00:1", false},
    };
    for (const auto& one : cases) {
        const auto address = Address::parse(one.text);

        ASSERT_TRUE(address) << one.text << ": " << address.error().text;
        EXPECT_EQ(address->to_string(), one.shown);
        EXPECT_EQ(address->is_v4(), one.v4) << one.text;
        EXPECT_EQ(*Address::parse(address->to_string()), *address);
    }
}

TEST(Address, AnIpv4AddressAndItsMappedFormAreOne) {
    EXPECT_EQ(*Address::parse("10.1.2.3"), *Address::parse("::ffff:10.1.2.3"));
    EXPECT_EQ(Address::parse("10.1.2.3")->words(), (Address::Words{0, 0, htonl(0xffff), htonl(0x0a010203)}));
}

TEST(Address, LoopbackIsAllOf127AndNothingOfIPv6) {
    for (const std::string_view text : {"127.0.0.1"sv, "127.0.0.0"sv, "127.255.255.255"sv, "::ffff:127.0.0.2"sv})
        EXPECT_TRUE(Address::parse(text)->is_loopback_v4()) << text;
    for (const std::string_view text : {"126.255.255.255"sv, "128.0.0.1"sv, "1.0.0.127"sv, "10.127.0.1"sv, "::1"sv,
                                        "::127.0.0.1"sv, "fe80::7f00:1"sv, "7f00::1"sv, "64:ff9b::127.0.0.1"sv})
        EXPECT_FALSE(Address::parse(text)->is_loopback_v4()) << text;
}

TEST(Address, WhatIsNoHostsAddressIsAUsageErrorThatShowsIt) {
    for (const std::string_view text : {""sv,
                                        "*"sv,
                                        "localhost"sv,
                                        "10.0.0"sv,
                                        "10.0.0.256"sv,
                                        "010.0.0.1"sv,
                                        "10.0.0.1/8"sv,
                                        "10.0.0.1:80"sv,
                                        " 10.0.0.1"sv,
                                        "[]"sv,
                                        "[::1"sv,
                                        "::1]"sv,
                                        "[[::1]]"sv,
                                        "fe80::1%lo"sv,
                                        "1::2::3"sv,
                                        "10.0.0.1\0"sv,
                                        "10.0.0.1\0x"sv,
                                        "::1\0"sv,
                                        "0.0.0.0"sv,
                                        "::"sv,
                                        "[::]"sv,
                                        "::ffff:0.0.0.0"sv,
                                        "224.0.0.1"sv,
                                        "239.255.255.255"sv,
                                        "::ffff:224.0.0.1"sv,
                                        "ff02::1"sv}) {
        const auto address = Address::parse(text);

        ASSERT_FALSE(address) << text;
        EXPECT_EQ(address.error().code, Errc::kUsage);
        EXPECT_EQ(address.error().text.rfind("\"" + std::string(text.substr(0, text.find('\0'))), 0), 0U)
            << address.error().text;
        EXPECT_EQ(address.error().text.find('\0'), std::string::npos);
    }
}

TEST(Address, AnUnspecifiedAddressIsToldFromTheStar) {
    EXPECT_EQ(Address::parse("0.0.0.0").error().text, "\"0.0.0.0\" is no host's address; for every address write *");
    EXPECT_EQ(Address::parse("ff02::1").error().text, "\"ff02::1\" is a multicast address");
}

TEST(Address, AnInterfaceBehindItIsRefusedWithWhatToWriteInstead) {
    for (const std::string_view text : {"fe80::1%eth0"sv, "[fe80::1%eth0]"sv, "FE80:0::1%2"sv})
        EXPECT_EQ(Address::parse(text).error().text,
                  "\"" + std::string(text) +
                      "\" names an interface, and zdr goes by the address alone: write fe80::1, which is meant on "
                      "whatever interface has it");
    for (const std::string_view text : {"10.0.0.1%eth0"sv, "%eth0"sv, "webA%eth0"sv, "ff02::1%eth0"sv})
        EXPECT_EQ(Address::parse(text).error().text, "\"" + std::string(text) + "\" is not an IPv4 or IPv6 address");
}

TEST(Address, AnErrorIsShortForALongText) {
    const std::string text(1'000'000, '\x1b');

    EXPECT_LT(Address::parse(text).error().text.size(), 150U);
    EXPECT_LT(Port::parse(text).error().text.size(), 150U);
}

}  // namespace
}  // namespace zdr
