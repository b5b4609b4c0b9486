// What translations and held sockets come to.
#include "zdr/net/published_ports.h"

#include <gtest/gtest.h>

#include "unit/net/address_of.h"

namespace zdr {
namespace {

using test::address;

Translation translation(const char* on, std::uint16_t port, const char* to) {
    return {{{{{{port, port}}, false}}, {{{*parse_address_range(on)}, false}}, false}, address(to)};
}

ListeningSocket held(const char* on, std::uint16_t port) {
    ListeningSocket out;
    out.words = address(on).words();
    out.port = Port(port);
    return out;
}

const std::vector<Address> kLocal = {address("127.0.0.1"), address("192.0.2.1")};

TEST(PublishedPorts, AreNoneAtFirst) {
    EXPECT_FALSE(PublishedPorts().has(std::nullopt, Port(80)));
    EXPECT_FALSE(PublishedPorts().has(address("127.0.0.1"), Port(80)));
}

TEST(PublishedPorts, OnAnyAddressAreThoseOfSomeAddressHere) {
    const PublishedPorts published(
        {translation("192.0.2.0/24", 80, "10.0.0.2"), translation("203.0.113.1", 81, "10.0.0.2")}, {}, kLocal);

    EXPECT_TRUE(published.has(std::nullopt, Port(80)));
    EXPECT_TRUE(published.has(address("192.0.2.1"), Port(80)));
    EXPECT_FALSE(published.has(address("127.0.0.1"), Port(80)));
    EXPECT_FALSE(published.has(std::nullopt, Port(81)));
    EXPECT_TRUE(published.has(address("203.0.113.1"), Port(81)));
}

TEST(PublishedPorts, ToThisHostAreNone) {
    const PublishedPorts published(
        {translation("192.0.2.1", 80, "192.0.2.1"), translation("192.0.2.1", 80, "127.8.9.10")}, {}, kLocal);

    EXPECT_FALSE(published.has(std::nullopt, Port(80)));
    EXPECT_FALSE(published.has(address("192.0.2.1"), Port(80)));
}

TEST(PublishedPorts, WhatGoesElsewhereIsTranslatedThoughItStaysHere) {
    Translation redirect = translation("192.0.2.0/24", 82, "192.0.2.1");
    redirect.to.reset();
    const PublishedPorts published(
        {translation("192.0.2.1", 80, "192.0.2.1"), translation("192.0.2.1", 81, "10.0.0.2"), redirect}, {}, kLocal);

    for (const std::uint16_t port : {std::uint16_t{80}, std::uint16_t{81}, std::uint16_t{82}}) {
        EXPECT_TRUE(published.is_translated(std::nullopt, Port(port))) << port;
        EXPECT_TRUE(published.is_translated(address("192.0.2.1"), Port(port))) << port;
        EXPECT_FALSE(published.is_translated(address("127.0.0.1"), Port(port))) << port;
        EXPECT_EQ(published.has(std::nullopt, Port(port)), port == 81) << port;
    }
    EXPECT_FALSE(published.is_translated(std::nullopt, Port(83)));
}

TEST(PublishedPorts, AreThoseOfHeldSockets) {
    const PublishedPorts published({}, {held("192.0.2.1", 80)}, kLocal);

    EXPECT_TRUE(published.has(std::nullopt, Port(80)));
    EXPECT_TRUE(published.has(address("192.0.2.1"), Port(80)));
    EXPECT_FALSE(published.has(address("127.0.0.1"), Port(80)));
    EXPECT_FALSE(published.has(std::nullopt, Port(81)));
}

}  // namespace
}  // namespace zdr
