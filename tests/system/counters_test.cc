// The counters of redirected and refused connections: exact for each server, however many CPUs connect at once.
#include <string>
#include <thread>
#include <vector>

#include "support/app.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using CountersTest = SystemTest;

constexpr std::string_view kTwoServers =
    "[server.webA]\n"
    "address = 127.0.0.1\n"
    "port = 1000\n"
    "status-port = 2000\n"
    "backup-status-port = 3000\n"
    "[server.webB]\n"
    "address = ::1\n"
    "port = 1001\n"
    "status-port = 2001\n";

// 200 connections, 50 from each of four threads.
void connect_200_times(const std::string& ip, std::uint16_t port) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 50; ++j) connect_to(ip, port);
        });
    for (std::thread& thread : threads) thread.join();
}

TEST_F(CountersTest, CountEachConnectionOfEachServer) {
    load(kTwoServers);
    const App app("app", "127.0.0.1", 1000);
    const App app_b("app_b", "::1", 1001);
    flip("drain", "webB");

    connect_200_times("127.0.0.1", 2000);
    connect_200_times("::1", 2001);

    EXPECT_EQ(zdr().redirected("webA"), 200);
    EXPECT_EQ(zdr().refused("webA"), 0);
    EXPECT_EQ(zdr().redirected("webB"), 0);
    EXPECT_EQ(zdr().refused("webB"), 200);
}

TEST_F(CountersTest, CountBothStatusPortsAndBothVerdicts) {
    load(kTwoServers);
    const App app("app", "127.0.0.1", 1000);
    flip("drain", "webA");

    connect_200_times("127.0.0.1", 2000);
    connect_200_times("127.0.0.1", 3000);

    EXPECT_EQ(zdr().redirected("webA"), 200);
    EXPECT_EQ(zdr().refused("webA"), 200);
}

TEST_F(CountersTest, CountNoCheckOfAnAppThatIsDown) {
    load(kTwoServers);

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");

    EXPECT_EQ(zdr().redirected("webA"), 0);
    EXPECT_EQ(zdr().refused("webA"), 0);
}

TEST_F(CountersTest, BeginAtZeroForANewServerInAnOldOnesPlace) {
    load(kTwoServers);
    connect_200_times("127.0.0.1", 2000);
    load("[server.webB]\naddress = ::1\nport = 1001\nstatus-port = 2001\n");

    load(
        "[server.webB]\naddress = ::1\nport = 1001\nstatus-port = 2001\n[server.webC]\nport = 1002\nstatus-port = "
        "2002\n");

    EXPECT_EQ(zdr().redirected("webC") + zdr().refused("webC"), 0);
}

}  // namespace
}  // namespace zdr::test
