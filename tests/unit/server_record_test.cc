// Servers as the kernel's map keeps them.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

#include "zdr/server_table.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

Server full_server() {
    Server server;
    server.name = std::string(63, 'n');
    server.app_port = Port(1000);
    server.status_port = Port(2000);
    server.backup_status_port = Port(65535);
    server.backend = std::string(63, 'b');
    server.fall = 65535;
    server.rise = 1;
    server.inter = 24 * 24h;
    server.start = Start::kLast;
    for (int i = 1; i <= ZDR_MAX_ADDRESSES; ++i)
        server.addresses.push_back(*Address::parse((i % 2 == 0 ? "10.0.0." : "2001:db8::") + std::to_string(i)));
    return server;
}

TEST(ServerRecord, AFullServerAndBack) {
    const Server server = full_server();

    const ServerEntry back = from_record(to_key(server.name), to_record(server, 7));

    EXPECT_EQ(back.server, server);
    EXPECT_EQ(back.slot, 7U);
}

TEST(ServerRecord, APlainServerAndBackForEachStart) {
    for (const Start start : {Start::kReady, Start::kDrain, Start::kMaint, Start::kLast}) {
        Server server;
        server.name = "webA";
        server.app_port = Port(1);
        server.status_port = Port(2);
        server.start = start;

        const ServerEntry back = from_record(to_key(server.name), to_record(server, 0));

        EXPECT_EQ(back.server, server);
        EXPECT_EQ(back.server.backup_status_port, std::nullopt);
        EXPECT_TRUE(back.server.addresses.empty());
    }
}

TEST(ServerRecord, TheFieldsAreThoseOfTheAbi) {
    const zdr_server record = to_record(full_server(), 7);

    EXPECT_EQ(record.slot, 7U);
    EXPECT_EQ(record.app_port, htons(1000));
    EXPECT_EQ(record.status_port, htons(2000));
    EXPECT_EQ(record.backup_status_port, 0xffff);
    EXPECT_EQ(record.start, ZDR_START_LAST);
    EXPECT_EQ(record.address_count, ZDR_MAX_ADDRESSES);
    EXPECT_EQ(record.inter_ms, 2'073'600'000U);
    EXPECT_EQ(record.addresses[1][2], htonl(0xffff));
    EXPECT_EQ(record.addresses[1][3], htonl(0x0a000002));
    EXPECT_EQ(record.backend[ZDR_NAME_SIZE - 1], '\0');
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
    zdr_server record{};
    record.address_count = 255;
    std::memset(record.backend, 'y', sizeof record.backend);

    const ServerEntry entry = from_record(key, record);

    EXPECT_EQ(entry.server.name, std::string(ZDR_NAME_SIZE, 'x'));
    EXPECT_EQ(entry.server.backend, std::string(ZDR_NAME_SIZE, 'y'));
    EXPECT_EQ(entry.server.addresses.size(), std::size_t{ZDR_MAX_ADDRESSES});
}

}  // namespace
}  // namespace zdr
