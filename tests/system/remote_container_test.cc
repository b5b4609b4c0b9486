// Checks of a port that is published from a container: zdr cannot give them a socket, and rewrites their ports.
#include "remote_container.h"

#include <sys/socket.h>

#include "remote_echo.h"
#include "support/app.h"
#include "support/deadline.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

// As HAProxy ends a check.
void end_with_reset(Attempt connected) {
    const linger at_once{1, 0};
    setsockopt(connected.fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

TEST_F(RemoteContainerTest, ChecksReachTheContainersApp) {
    const auto app = make_in<App>(container(), "app", "::", 1000);

    for (const char* address : kServerAddresses) {
        EXPECT_EQ(ask_client(address, 1000), "app") << address;
        EXPECT_EQ(ask_client(address, 2000), "app") << address;
        EXPECT_EQ(ask_client(address, 3000), "app") << address;
    }
    EXPECT_EQ(zdr().redirected("webA"), 4);
}

TEST_F(RemoteContainerTest, DrainedIsRefused) {
    const auto app = make_in<App>(container(), "app", "::", 1000);
    flip("drain", "webA");

    for (const char* address : kServerAddresses) {
        const Attempt refused = connect_client(address, 2000);
        EXPECT_EQ(refused.refusal(), "ECONNREFUSED") << address;
        EXPECT_LT(refused.took, stretched(std::chrono::milliseconds(200))) << address;
        EXPECT_EQ(ask_client(address, 3000), "app") << address;
        EXPECT_EQ(ask_client(address, 1000), "app") << address;
    }
}

TEST_F(RemoteContainerTest, TrafficFromTheSamePortIsNotMixedUp) {
    const auto echo = make_in<Echo>(container(), "::", 1000);
    for (const char* address : kServerAddresses) {
        const Prepare port = from_port(Place(address, 0).family(), 40000);
        const Attempt traffic = connect_from(client(), address, 1000, port);
        ASSERT_EQ(traffic.refusal(), "") << address;
        ASSERT_EQ(say(traffic.fd, "traffic"), "traffic") << address;

        const Attempt check = connect_from(client(), address, 2000, port);
        ASSERT_EQ(check.refusal(), "") << address;

        EXPECT_EQ(say(check.fd, "check"), "check") << address;
        EXPECT_EQ(say(traffic.fd, "traffic again"), "traffic again") << address;
        EXPECT_EQ(say(check.fd, "check again"), "check again") << address;
        EXPECT_EQ(peer_of(check.fd), Place(address, 0).family() == AF_INET6 ? "[fd09::1]:2000" : "10.9.0.1:2000");
    }
}

TEST_F(RemoteContainerTest, CheckBeforeTrafficFromTheSamePortIsNotMixedUp) {
    const auto echo = make_in<Echo>(container(), "::", 1000);
    const Prepare port = from_port(AF_INET, 40000);
    const Attempt check = connect_from(client(), "10.9.0.1", 2000, port);
    ASSERT_EQ(check.refusal(), "");
    ASSERT_EQ(say(check.fd, "check"), "check");

    const Attempt traffic = connect_from(client(), "10.9.0.1", 1000, port);
    ASSERT_EQ(traffic.refusal(), "");

    EXPECT_EQ(say(traffic.fd, "traffic"), "traffic");
    EXPECT_EQ(say(check.fd, "check again"), "check again");
}

TEST_F(RemoteContainerTest, AThousandChecksSucceed) {
    const auto app = make_in<App>(container(), "app", "::", 1000);

    for (int i = 0; i < 1000; ++i) ASSERT_EQ(ask_client(kServerAddresses[i % 2], 2000), "app") << i;

    EXPECT_EQ(zdr().redirected("webA"), 1000);
    EXPECT_LE(flows(), std::size_t{ZDR_MAX_FLOWS});
}

// More than the ports that zdr has for one checker, and more than its table holds.
TEST_F(RemoteContainerTest, ChecksSucceedForEver) {
    const auto app = make_in<App>(container(), "app", "::", 1000);
    // Thousands of checks a second meet connections in TIME_WAIT, whose port may not come again so soon.
    container().run([] { set_sysctl("ipv4/tcp_max_tw_buckets", "0"); });

    client().run([] {
        for (int i = 0; i < 6000; ++i) ASSERT_EQ(ask("10.9.0.1", 2000), "app") << i;
    });

    EXPECT_LE(flows(), std::size_t{ZDR_MAX_FLOWS});
}

TEST_F(RemoteContainerTest, ACheckersPortsComeAgain) {
    const auto app = make_in<App>(container(), "app", "::", 1000);
    client().run([] { set_sysctl("ipv4/ip_local_port_range", "40000 40099"); });

    client().run([] {
        for (int i = 0; i < 6000; ++i) {
            Attempt connected = connect_to("10.9.0.1", 2000);
            ASSERT_EQ(connected.refusal(), "") << i;
            end_with_reset(std::move(connected));
        }
    });
}

TEST_F(RemoteContainerTest, TheCheckersResetReachesTheApp) {
    const auto echo = make_in<Echo>(container(), "::", 1000);
    for (const char* address : kServerAddresses) {
        Attempt connected = connect_client(address, 2000);
        ASSERT_EQ(say(connected.fd, "ping"), "ping") << address;
        ASSERT_EQ(echo->open_connections(), 1);

        end_with_reset(std::move(connected));

        EXPECT_TRUE(eventually([&] { return echo->open_connections() == 0; }, std::chrono::seconds(5))) << address;
    }
}

TEST_F(RemoteContainerTest, TheContainersRefusalReachesTheChecker) {
    for (const char* address : kServerAddresses) {
        const Attempt refused = connect_client(address, 2000);  // nothing listens in the container
        EXPECT_EQ(refused.refusal(), "ECONNREFUSED") << address;
        EXPECT_LT(refused.took, stretched(std::chrono::milliseconds(200))) << address;
    }
}

TEST_F(RemoteContainerTest, KeptConnectionsAreResetByDrain) {
    const auto echo = make_in<Echo>(container(), "::", 1000);
    for (const char* address : kServerAddresses) {
        const Attempt kept = connect_client(address, 2000);
        const Attempt backup = connect_client(address, 3000);
        const Attempt session = connect_client(address, 1000);
        for (const Attempt* one : {&kept, &backup, &session}) ASSERT_EQ(say(one->fd, "ping"), "ping") << address;

        flip("drain", "webA");

        EXPECT_TRUE(is_reset_soon(kept.fd)) << address;
        EXPECT_EQ(say(backup.fd, "ping"), "ping") << address;
        EXPECT_EQ(say(session.fd, "ping"), "ping") << address;
        EXPECT_TRUE(eventually([&] { return echo->open_connections() == 2; })) << address;
        flip("maint", "webA");
        EXPECT_TRUE(is_reset_soon(backup.fd)) << address;
        EXPECT_EQ(say(session.fd, "ping"), "ping") << address;
        flip("ready", "webA");
        end_with_reset(connect_client(address, 1000));
        EXPECT_TRUE(eventually([&] { return echo->open_connections() == 1; })) << address;
        shutdown(session.fd.get(), SHUT_RDWR);
        EXPECT_TRUE(eventually([&] { return echo->open_connections() == 0; })) << address;
    }
}

}  // namespace
}  // namespace zdr::test
