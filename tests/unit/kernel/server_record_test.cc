// Servers as the kernel's map keeps them.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "zdr/kernel/server_record.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

Server full_server() {
    Server server;
    server.name = std::string(63, 'n');
    server.app_port = Port(1000);
    server.status_port = Port(2000);
    server.backup_status_port = Port(65535);
    server.backends = {std::string(63, 'b')};
    server.fall = 65535;
    server.rise = 1;
    server.inter = 24 * 24h;
    server.start = Start::kLast;
    server.published = Published::kYes;
    for (const char* address : {"2001:db8::1", "10.0.0.2", "::1"}) server.addresses.push_back(*Address::parse(address));
    return server;
}

TEST(ServerRecord, AFullServerAndBack) {
    const Server server = full_server();

    const ServerEntry back = from_record(to_key(server.name), to_record({server, 7, 9}));

    EXPECT_EQ(back.server, server);
    EXPECT_EQ(back.slot, 7U);
    EXPECT_EQ(back.peer, 9U);
    EXPECT_FALSE(back.peer_place);
}

TEST(ServerRecord, AddressesOfEveryMixAndBackInTheirOrder) {
    const std::vector<std::vector<const char*>> mixes = {
        {"127.0.0.1"},
        {"::1"},
        {"::1", "10.0.0.2", "2001:db8::3"},
        {"10.0.0.2", "::1", "2001:db8::3"},
        {"2001:db8::3", "::1", "255.255.255.254"},
        {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "::1"},
        {"10.0.0.9", "10.0.0.8", "10.0.0.7", "10.0.0.6", "10.0.0.5", "10.0.0.4", "10.0.0.3", "10.0.0.2", "10.0.0.1"},
    };
    for (const auto& mix : mixes) {
        Server server = full_server();
        server.addresses.clear();
        for (const char* address : mix) server.addresses.push_back(*Address::parse(address));
        ASSERT_TRUE(check_addresses(server.addresses));

        const ServerEntry back = from_record(to_key(server.name), to_record({server, 7, 9}));

        EXPECT_EQ(back.server, server) << addresses_to_string(back.server);
    }
}

TEST(ServerRecord, APlainServerAndBackForEachStart) {
    for (const Start start : {Start::kReady, Start::kDrain, Start::kMaint, Start::kLast}) {
        Server server;
        server.name = "webA";
        server.app_port = Port(1);
        server.status_port = Port(2);
        server.start = start;

        const ServerEntry back = from_record(to_key(server.name), to_record({server, 0, 0}));

        EXPECT_EQ(back.server, server);
        EXPECT_EQ(back.server.backup_status_port, std::nullopt);
        EXPECT_TRUE(back.server.addresses.empty());
    }
}

TEST(ServerRecord, TheFieldsAreThoseOfTheAbi) {
    const zdr_server record = to_record({full_server(), 7, 9});

    EXPECT_EQ(record.slot, 7U);
    EXPECT_EQ(record.app_port, htons(1000));
    EXPECT_EQ(record.status_port, htons(2000));
    EXPECT_EQ(record.backup_status_port, 0xffff);
    EXPECT_EQ(record.start, ZDR_START_LAST);
    EXPECT_EQ(record.inter_ms, 2'073'600'000U);
    EXPECT_EQ(record.v6_begins, 1U << 0 | 1U << 5);
    EXPECT_EQ(record.address_words[0], htonl(0x20010db8));
    EXPECT_EQ(record.address_words[3], htonl(1));
    EXPECT_EQ(record.address_words[4], htonl(0x0a000002));
    EXPECT_EQ(record.address_words[8], htonl(1));
    EXPECT_EQ(record.backend[sizeof record.backend - 1], 'b');
}

TEST(ServerRecord, AKeyIsPaddedWithNuls) {
    const zdr_server_key key = to_key("webA");

    zdr_server_key expected{};
    std::memcpy(expected.name, "webA", 4);
    EXPECT_EQ(std::memcmp(&key, &expected, sizeof key), 0);
}

TEST(ServerRecord, AnOddRecordStaysInItsBounds) {
    zdr_server_key key;
    std::memset(&key, 'x', sizeof key);
    zdr_server record;
    std::memset(&record, 'y', sizeof record);
    record.v6_begins = 0xffff;

    const ServerEntry entry = from_record(key, record);

    EXPECT_EQ(entry.server.name, std::string(ZDR_NAME_SIZE, 'x'));
    EXPECT_EQ(first_backend(entry.server), std::string(ZDR_NAME_SIZE - 1, 'y'));
    EXPECT_EQ(entry.server.addresses.size(), 2U);
}

TEST(Peers, MakeARingOfEachBackend) {
    std::vector<ServerEntry> servers;
    for (const char* backend : {"srvs", "", "srvs", "alone", "", "srvs"}) {
        Server server;
        if (!std::string_view(backend).empty()) server.backends = {backend};
        servers.push_back({server, static_cast<std::uint32_t>(10 + servers.size()), 0});
    }
    std::vector<ServerEntry*> all;
    for (ServerEntry& entry : servers) all.push_back(&entry);

    link_peers(all);

    const std::uint32_t expected[] = {12, 11, 15, 13, 14, 10};
    for (std::size_t i = 0; i < servers.size(); ++i) EXPECT_EQ(servers[i].peer, expected[i]) << i;
}

TEST(Peers, OfABackendAreAlsoThoseThatListItSecond) {
    std::vector<ServerEntry> servers;
    for (const std::vector<std::string>& backends :
         {std::vector<std::string>{"s1", "s2"}, {"s1"}, {"s2"}, {"s3", "s1"}, {"s3", "s2"}}) {
        Server server;
        server.backends = backends;
        servers.push_back({server, static_cast<std::uint32_t>(10 + servers.size()), 0});
    }
    std::vector<ServerEntry*> all;
    for (ServerEntry& entry : servers) all.push_back(&entry);

    link_peers(all);

    const std::uint32_t expected[] = {11, 13, 14, 14, 13};
    for (std::size_t i = 0; i < servers.size(); ++i) EXPECT_EQ(servers[i].peer, expected[i]) << i;
}

// The place of the peer's app and back, where the record has room; an entry that is written anew has none of before.
TEST(Peers, AreWhereTheirAppsAre) {
    const auto linked = [](std::vector<const char*> mine, std::vector<const char*> peers) {
        std::vector<ServerEntry> both = {{Server{}, 0}, {Server{}, 1}};
        for (auto& entry : both) entry.server.backends = {"srvs"};
        both[0].peer_place = AppPlace{std::nullopt, Port(7)};
        both[1].server.app_port = Port(1001);
        for (const char* address : mine) both[0].server.addresses.push_back(*Address::parse(address));
        for (const char* address : peers) both[1].server.addresses.push_back(*Address::parse(address));
        ServerEntry* const all[] = {&both[0], &both[1]};
        link_peers(all);
        const ServerEntry back = from_record(to_key("webA"), to_record(both[0]));
        EXPECT_EQ(back.server.addresses, both[0].server.addresses);
        EXPECT_EQ(back.peer_place, both[0].peer_place);
        return back.peer_place;
    };
    const AppPlace anywhere{std::nullopt, Port(1001)};
    const AppPlace at_ten{Address::parse("10.0.0.2").value(), Port(1001)};

    EXPECT_EQ(linked({}, {}), anywhere);
    EXPECT_EQ(linked({"::1"}, {"10.0.0.2"}), at_ten);
    EXPECT_EQ(linked({"1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4", "1.0.0.5", "1.0.0.6"}, {"10.0.0.2"}), at_ten);
    EXPECT_EQ(linked({"1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4", "1.0.0.5", "1.0.0.6", "1.0.0.7"}, {"10.0.0.2"}),
              std::nullopt);
    EXPECT_EQ(linked({"::1", "::2"}, {"10.0.0.2"}), std::nullopt);
    EXPECT_EQ(linked({}, {"::1"}), std::nullopt);
    EXPECT_EQ(linked({}, {"10.0.0.2", "10.0.0.3"}), std::nullopt);
}

}  // namespace
}  // namespace zdr
