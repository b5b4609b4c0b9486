#include "zdr/model/server.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::string_view_literals;

Server server(std::string name, std::vector<std::string_view> addresses, std::uint16_t app, std::uint16_t status,
              std::uint16_t backup = 0) {
    Server out;
    out.name = std::move(name);
    for (const std::string_view address : addresses) out.addresses.push_back(*Address::parse(address));
    out.app_port = Port(app);
    out.status_port = Port(status);
    if (backup != 0) out.backup_status_port = Port(backup);
    return out;
}

TEST(State, TextAndBack) {
    for (const State state : {State::kReady, State::kDrain, State::kMaint})
        EXPECT_EQ(parse_state(to_string(state)), state);
    for (const Start start : {Start::kReady, Start::kDrain, Start::kMaint, Start::kLast})
        EXPECT_EQ(parse_start(to_string(start)), start);
}

TEST(State, OtherWordsAreUsageErrors) {
    EXPECT_EQ(parse_state("last").error().text, "\"last\" is not ready, drain or maint");
    EXPECT_EQ(parse_start("Ready").error().text, "\"Ready\" is not ready, drain, maint or last");
    EXPECT_EQ(parse_start("").error().code, Errc::kUsage);
    EXPECT_EQ(parse_state("drain\n").error().text, "\"drain\\x0a\" is not ready, drain or maint");
}

TEST(Name, WhatHaproxyAllows) {
    for (const std::string& name :
         {std::string("a"), std::string("webA"), std::string("web-1_2.3:4"), std::string("."), std::string(63, 'x')})
        EXPECT_TRUE(check_name(name)) << name;
}

TEST(Name, WhatHaproxyDoesNotAllowIsAUsageError) {
    for (const std::string_view name :
         {""sv, " "sv, "web A"sv, "web/A"sv, "web\nA"sv, "web\0A"sv, "w\xc3\xa9"sv, "a,b"sv, "[a]"sv}) {
        const auto checked = check_name(name);

        ASSERT_FALSE(checked) << name;
        EXPECT_EQ(checked.error().code, Errc::kUsage);
        EXPECT_EQ(checked.error().text.find_first_of("\n\0"sv), std::string::npos);
    }
}

TEST(Name, AtMost63Bytes) {
    const auto checked = check_name(std::string(64, 'x'));

    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().text, "name \"" + std::string(64, 'x') + "\" has 64 bytes; at most 63 fit");
    EXPECT_LT(check_name(std::string(100000, 'x')).error().text.size(), 150U);
}

TEST(StatusPorts, TheBackupOneIsTheSecond) {
    EXPECT_EQ(status_ports(server("webA", {}, 1000, 2000)), std::vector{Port(2000)});
    EXPECT_EQ(status_ports(server("webA", {}, 1000, 2000, 3000)), (std::vector{Port(2000), Port(3000)}));
}

TEST(Addresses, AsText) {
    EXPECT_EQ(addresses_to_string(server("a", {}, 1, 2)), "*");
    EXPECT_EQ(addresses_to_string(server("a", {"10.0.0.1"}, 1, 2)), "10.0.0.1");
    EXPECT_EQ(addresses_to_string(server("a", {"10.0.0.1", "::1"}, 1, 2)), "10.0.0.1,::1");
}

TEST(Clash, NoneInAnEmptySetOrAmongApartServers) {
    EXPECT_FALSE(find_clash({}));

    const std::vector<Server> apart = {server("webA", {}, 1000, 2000, 3000), server("webB", {}, 1001, 2001, 3001),
                                       server("other", {"10.0.0.1"}, 1000, 2002, 3002)};
    EXPECT_FALSE(find_clash(apart));
}

TEST(Clash, OneAppMayHaveSeveralServers) {
    const std::vector<Server> twins = {server("webA", {}, 1000, 2000), server("alsoA", {"10.0.0.1"}, 1000, 2001)};

    EXPECT_FALSE(find_clash(twins));
}

TEST(Clash, TheSameName) {
    const std::vector<Server> servers = {server("webA", {}, 1000, 2000), server("webB", {}, 1001, 2001),
                                         server("webA", {}, 1002, 2002)};

    const auto clash = find_clash(servers);

    ASSERT_TRUE(clash);
    EXPECT_EQ(clash->earlier, 0U);
    EXPECT_EQ(clash->later, 2U);
    EXPECT_EQ(clash->text, "server webA is there twice");
}

// The places of a port: which pairs are one place (the same status port cannot be there twice), and which overlap (a
// status port cannot be the app port there).
struct Pair {
    std::vector<std::string_view> one;
    std::vector<std::string_view> other;
    bool same;
    bool overlap;
};

const Pair kPairs[] = {
    {{}, {}, true, true},
    {{}, {"10.0.0.1"}, false, true},
    {{}, {"::1"}, false, true},
    {{}, {"::ffff:10.0.0.1"}, false, true},
    {{"10.0.0.1"}, {"10.0.0.1"}, true, true},
    {{"10.0.0.1"}, {"::ffff:10.0.0.1"}, true, true},
    {{"::ffff:10.0.0.1"}, {"::ffff:10.0.0.1"}, true, true},
    {{"10.0.0.1"}, {"10.0.0.2"}, false, false},
    {{"10.0.0.1"}, {"::1"}, false, false},
    {{"::1"}, {"::1"}, true, true},
    {{"::1"}, {"::2"}, false, false},
    {{"::1"}, {"::ffff:10.0.0.1"}, false, false},
    {{"10.0.0.1", "::1"}, {"10.0.0.2", "::1"}, true, true},
    {{"10.0.0.1", "::1"}, {"10.0.0.2", "::2"}, false, false},
};

// Both ways round: what clashes does so in either order.
void expect_clash(const Server& a, const Server& b, bool expected, const std::string& what) {
    for (const auto& servers : {std::vector{a, b}, std::vector{b, a}}) {
        const auto clash = find_clash(servers);

        EXPECT_EQ(clash.has_value(), expected)
            << what << ": " << addresses_to_string(a) << " and " << addresses_to_string(b);
        if (!clash) continue;
        EXPECT_EQ(clash->earlier, 0U);
        EXPECT_EQ(clash->later, 1U);
        EXPECT_NE(clash->text.find("webA"), std::string::npos) << clash->text;
        EXPECT_NE(clash->text.find("webB"), std::string::npos) << clash->text;
    }
}

TEST(Clash, StatusPortsOfTwoServers) {
    for (const Pair& pair : kPairs) {
        expect_clash(server("webA", pair.one, 1000, 2000), server("webB", pair.other, 1001, 2000), pair.same,
                     "status and status");
        expect_clash(server("webA", pair.one, 1000, 2000), server("webB", pair.other, 1001, 2001, 2000), pair.same,
                     "status and backup status");
        expect_clash(server("webA", pair.one, 1000, 2000, 3000), server("webB", pair.other, 1001, 2001, 3000),
                     pair.same, "backup status and backup status");
    }
}

TEST(Clash, AStatusPortAndAnAppPortOfTwoServers) {
    for (const Pair& pair : kPairs) {
        expect_clash(server("webA", pair.one, 1000, 2000), server("webB", pair.other, 2000, 2001), pair.overlap,
                     "status and app");
        expect_clash(server("webA", pair.one, 1000, 2000, 3000), server("webB", pair.other, 3000, 2001), pair.overlap,
                     "backup status and app");
        expect_clash(server("webA", pair.one, 1000, 2000), server("webB", pair.other, 1000, 2001), false,
                     "app and app");
    }
}

// A connection to an app port goes where one server's state leads it.
TEST(Clash, AnAppPortThatIsLedElsewhereIsOfOneServer) {
    for (const Pair& pair : kPairs) {
        Server led = server("webA", pair.one, 1000, 2000);
        led.handover_ports = PortRange{21000, 21009};
        Server both = server("webB", pair.other, 1000, 2001);
        both.handover_ports = PortRange{22000, 22009};

        expect_clash(led, server("webB", pair.other, 1000, 2001), pair.overlap, "one is led");
        expect_clash(led, both, pair.overlap, "both are led");
        expect_clash(led, server("webB", pair.other, 1001, 2001), false, "other ports");
    }
}

TEST(Ways, PortsOfOneServerDoNotContradict) {
    const auto error_of = [](auto change) {
        Server one = server("webA", {}, 1000, 2000, 3000);
        one.handover_ports = PortRange{21000, 21009};
        one.drain_port = Port(4404);
        change(one);
        const auto checked = check_ways(one);
        return checked ? std::string() : checked.error().text;
    };

    EXPECT_EQ(error_of([](Server&) {}), "");
    EXPECT_NE(error_of([](Server& one) { one.app_port = Port(21009); }).find("its own handover-ports"),
              std::string::npos);
    EXPECT_NE(error_of([](Server& one) { one.status_port = Port(21000); }).find("status port 21000"),
              std::string::npos);
    EXPECT_NE(error_of([](Server& one) { one.backup_status_port = Port(4404); }).find("status port 4404"),
              std::string::npos);
    EXPECT_NE(error_of([](Server& one) { one.drain_port = Port(1000); }).find("drain-port 1000"), std::string::npos);
    EXPECT_NE(error_of([](Server& one) { one.drain_port = Port(21003); }).find("drain-port 21003"), std::string::npos);
    EXPECT_NE(error_of([](Server& one) { one.published = Published::kYes; }).find("published"), std::string::npos);
}

TEST(Ways, ARangeOfPortsIsOneOfPorts) {
    EXPECT_EQ(parse_handover_ports("21000-21099"), (PortRange{21000, 21099}));
    EXPECT_EQ(parse_handover_ports("21000"), (PortRange{21000, 21000}));
    EXPECT_EQ(to_string(PortRange{21000, 21000}), "21000");
    EXPECT_EQ(to_string(PortRange{21000, 21001}), "21000-21001");
    for (const char* odd :
         {"", "-", "0-5", "21000-", "-21000", "21001-21000", "21000-65536", "21000-21001-21002", "a-b", "1 - 2"})
        EXPECT_FALSE(parse_handover_ports(odd)) << odd;
}

TEST(Clash, WithinOneServer) {
    for (const std::vector<std::string_view>& addresses :
         {std::vector<std::string_view>{}, {"10.0.0.1"}, {"10.0.0.1", "::1"}}) {
        for (const Server& one : {server("webA", addresses, 1000, 1000), server("webA", addresses, 1000, 2000, 2000),
                                  server("webA", addresses, 1000, 2000, 1000)}) {
            const std::vector<Server> servers = {server("webZ", {}, 9000, 9001), one};

            const auto clash = find_clash(servers);

            ASSERT_TRUE(clash);
            EXPECT_EQ(clash->earlier, 1U);
            EXPECT_EQ(clash->later, 1U);
            EXPECT_NE(clash->text.find("webA"), std::string::npos);
        }
    }
}

TEST(Clash, TheSameAddressTwiceInOneServer) {
    const std::vector<Server> servers = {server("webA", {"10.0.0.1", "::ffff:10.0.0.1"}, 1000, 2000)};

    EXPECT_TRUE(find_clash(servers));
}

TEST(Clash, TextsNamePlaceAndBoth) {
    const std::vector<Server> status = {server("webA", {"10.0.0.1"}, 1000, 2000),
                                        server("webB", {"10.0.0.1"}, 1001, 2000)};
    const std::vector<Server> app = {server("webA", {}, 2000, 2001), server("webB", {"2001:db8::1"}, 1001, 2000)};
    const std::vector<Server> own = {server("webA", {}, 1000, 2000, 2000)};

    EXPECT_EQ(find_clash(status)->text, "status port 10.0.0.1:2000 of webB is already webA's");
    EXPECT_EQ(find_clash(app)->text, "status port [2001:db8::1]:2000 of webB is the app port of webA");
    EXPECT_EQ(find_clash(own)->text, "status port *:2000 of webA is already its own");
}

}  // namespace
}  // namespace zdr
