// connect() to a status port: each family, each kind of address, redirected, refused, shown by getpeername().
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "support/app.h"
#include "support/deadline.h"
#include "support/net.h"
#include "support/system_test.h"
#include "zdr/net/connection.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace zdr::test {
namespace {

constexpr std::string_view kWebSix =
    "[server.webA]\n"
    "address = ::1\n"
    "port = 1000\n"
    "status-port = 2000\n";
constexpr std::string_view kWebTwoAddresses =
    "[server.webA]\n"
    "address = 127.0.0.1\n"
    "address = 127.0.0.2\n"
    "address = ::1\n"
    "port = 1000\n"
    "status-port = 2000\n";
constexpr std::string_view kWebBackup =
    "[server.webA]\n"
    "address = 127.0.0.1\n"
    "port = 1000\n"
    "status-port = 2000\n"
    "backup-status-port = 3000\n";

using ConnectTest = SystemTest;

TEST_F(ConnectTest, ReachesTheAppOverIpv4) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(ConnectTest, ReachesTheAppOverIpv6) {
    load(kWebSix);
    const App app("app", "::1", 1000);

    EXPECT_EQ(ask("::1", 2000), "app");
}

// Nobody can connect to such an address without the interface that has it, and zdr.conf does not name that.
TEST_F(ConnectTest, ReachesTheAppAtALinkLocalAddress) {
    must_run({"ip", "address", "add", "fe80::5/64", "dev", "lo", "nodad"});
    load("[server.webA]\naddress = fe80::5\nport = 1000\nstatus-port = 2000\n");
    const App app("app", "::", 1000);

    const auto to = socket_address(*Address::parse("fe80::5"), Port(2000));
    auto connection = zdr::connect_to(to, Deadline(kPatience));

    ASSERT_TRUE(connection) << connection.error().text;
    ASSERT_EQ(fcntl(connection->get(), F_SETFL, 0), 0);  // to read, it may block
    EXPECT_EQ(read_all(*connection), "app");
    EXPECT_EQ(zdr().redirected("webA"), 1);

    flip("drain", "webA");
    EXPECT_FALSE(zdr::connect_to(to, Deadline(kPatience)));
}

TEST_F(ConnectTest, ReachesAnIpv4AppThroughAMappedAddress) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(ask("::ffff:127.0.0.1", 2000), "app");
}

TEST_F(ConnectTest, ReachesTheAppOnEachOfSeveralAddresses) {
    load(kWebTwoAddresses);
    const App app("four", "0.0.0.0", 1000);
    const App app6("six", "::1", 1000);

    EXPECT_EQ(ask("127.0.0.1", 2000), "four");
    EXPECT_EQ(ask("127.0.0.2", 2000), "four");
    EXPECT_EQ(ask("::1", 2000), "six");
    EXPECT_EQ(ask("127.0.0.3", 2000), "ECONNREFUSED");
}

TEST_F(ConnectTest, UnspecifiedAddressMeansLoopback) {
    load(kWebTwoAddresses);
    const App app("four", "127.0.0.1", 1000);
    const App app6("six", "::1", 1000);

    EXPECT_EQ(ask("0.0.0.0", 2000), "four");
    EXPECT_EQ(ask("::ffff:0.0.0.0", 2000), "four");
    EXPECT_EQ(ask("::", 2000), "six");
}

TEST_F(ConnectTest, UnspecifiedAddressIsRefusedWhenDrained) {
    load(kWebTwoAddresses);
    const App app("four", "127.0.0.1", 1000);
    const App app6("six", "::1", 1000);

    flip("drain", "webA");

    EXPECT_EQ(ask("0.0.0.0", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("::", 2000), "ECONNREFUSED");
}

TEST_F(ConnectTest, PeerShowsThePortThatWasAskedFor) {
    load(kWebTwoAddresses);
    const App app("four", "127.0.0.1", 1000);
    const App app6("six", "::1", 1000);

    const Attempt four = connect_to("127.0.0.1", 2000);
    const Attempt six = connect_to("::1", 2000);
    const Attempt mapped = connect_to("::ffff:127.0.0.1", 2000);
    const Attempt direct = connect_to("127.0.0.1", 1000);

    EXPECT_EQ(peer_of(four.fd), "127.0.0.1:2000");
    EXPECT_EQ(peer_of(six.fd), "[::1]:2000");
    EXPECT_EQ(peer_of(mapped.fd), "[::ffff:127.0.0.1]:2000");
    EXPECT_EQ(peer_of(direct.fd), "127.0.0.1:1000");
}

TEST_F(ConnectTest, DrainedIsRefusedAtOnce) {
    load(kWebTwoAddresses);
    const App app("four", "0.0.0.0", 1000);
    flip("drain", "webA");

    for (const char* ip : {"127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"}) {
        const Attempt attempt = connect_to(ip, 2000);

        EXPECT_EQ(attempt.refusal(), "ECONNREFUSED") << ip;
        EXPECT_LT(attempt.took, stretched(std::chrono::milliseconds(900))) << ip;
    }
}

TEST_F(ConnectTest, DrainedIsRefusedAtOnceToANonBlockingSocket) {
    load(kWebTwoAddresses);
    const App app("four", "0.0.0.0", 1000);
    flip("drain", "webA");

    EXPECT_EQ(connect_to("127.0.0.1", 2000, {.type = SOCK_STREAM | SOCK_NONBLOCK}).refusal(), "ECONNREFUSED");
    EXPECT_EQ(connect_to("::1", 2000, {.type = SOCK_STREAM | SOCK_NONBLOCK}).refusal(), "ECONNREFUSED");
}

TEST_F(ConnectTest, NonBlockingSocketArrives) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);

    const Attempt attempt = connect_to("127.0.0.1", 2000, {.type = SOCK_STREAM | SOCK_NONBLOCK});
    EXPECT_EQ(attempt.refusal(), "EINPROGRESS");
    ASSERT_TRUE(becomes_readable(attempt.fd));
    fcntl(attempt.fd.get(), F_SETFL, 0);

    EXPECT_EQ(read_all(attempt.fd), "app");
}

TEST_F(ConnectTest, RefusedSocketCanBeUsedAgainOnceReady) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    flip("drain", "webA");
    const Attempt attempt = connect_to("127.0.0.1", 2000);
    ASSERT_EQ(attempt.refusal(), "ECONNREFUSED");

    flip("ready", "webA");

    const Place place("127.0.0.1", 2000);
    EXPECT_EQ(connect(attempt.fd.get(), place.address(), place.size()), 0);
    EXPECT_EQ(read_all(attempt.fd), "app");
}

TEST_F(ConnectTest, FastOpenIsRedirectedAndRefusedToo) {
    load(kWebA);
    const Attempt app = listen_on("127.0.0.1", 1000);
    const Place place("127.0.0.1", 2000);
    const auto send_first = [&](const Attempt& opened) {
        return sendto(opened.fd.get(), "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, place.address(), place.size());
    };

    const Attempt ready = open_socket(AF_INET);
    EXPECT_EQ(send_first(ready), 1);
    EXPECT_EQ(peer_of(ready.fd), "127.0.0.1:2000");

    flip("drain", "webA");
    const Attempt drained = open_socket(AF_INET);
    EXPECT_EQ(send_first(drained), -1);
    EXPECT_EQ(errno, ECONNREFUSED);
}

TEST_F(ConnectTest, MultipathTcpIsRedirectedAndRefusedToo) {
    const SocketOptions options{.protocol = IPPROTO_MPTCP};
    if (open_socket(AF_INET, options).error != 0) return;  // a kernel without it has nothing to get wrong
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);

    const Attempt ready = connect_to("127.0.0.1", 2000, options);
    EXPECT_EQ(ready.refusal(), "");
    EXPECT_EQ(read_all(ready.fd), "app");

    flip("drain", "webA");
    EXPECT_EQ(connect_to("127.0.0.1", 2000, options).refusal(), "ECONNREFUSED");
}

TEST_F(ConnectTest, DrainedKeepsTheBackupStatusPortAndMaintTakesItToo) {
    load(kWebBackup);
    const App app("app", "127.0.0.1", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    EXPECT_EQ(ask("127.0.0.1", 3000), "app");

    flip("drain", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 3000), "app");
    EXPECT_EQ(peer_of(connect_to("127.0.0.1", 3000).fd), "127.0.0.1:3000");

    flip("maint", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 3000), "ECONNREFUSED");

    flip("ready", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    EXPECT_EQ(ask("127.0.0.1", 3000), "app");
}

TEST_F(ConnectTest, MaintWithoutABackupStatusPortRefusesAsDrainDoes) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);

    flip("maint", "webA");

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 1000), "app");
}

TEST_F(ConnectTest, AnExpiredDrainIsReadyAgainByItself) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);

    const auto before_flip = std::chrono::steady_clock::now();
    flip("drain", "webA", {"--ttl", "2s"});

    EXPECT_TRUE(eventually([] { return ask("127.0.0.1", 2000) == "app"; }));
    EXPECT_GE(std::chrono::steady_clock::now() - before_flip, std::chrono::seconds(2));
    EXPECT_GE(zdr().refused("webA"), 1);
}

}  // namespace
}  // namespace zdr::test
