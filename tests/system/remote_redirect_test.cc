// Checks from another host while the server is ready: they reach the app's listening socket, on the status port.
#include "remote_echo.h"
#include "remote_hosts.h"
#include "support/app.h"

namespace zdr::test {
namespace {

using RemoteRedirectTest = RemoteTest;

TEST_F(RemoteRedirectTest, ReachesTheApp) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);

    for (const char* address : kServerAddresses) {
        EXPECT_EQ(ask_client(address, 2000), "app") << address;
        EXPECT_EQ(ask_client(address, 3000), "app") << address;
    }
}

TEST_F(RemoteRedirectTest, ShowsTheStatusPortToBothSides) {
    load(kRemoteWebA);
    for (const char* address : kServerAddresses) {
        SocketOptions options;
        options.only_v6 = true;
        const bool is_v6 = Place(address, 0).family() == AF_INET6;
        const Attempt listening = listen_on(address, 1000, is_v6 ? options : SocketOptions{});
        ASSERT_EQ(listening.refusal(), "");

        const Attempt connected = connect_client(address, 2000);
        ASSERT_EQ(connected.refusal(), "");
        ASSERT_TRUE(becomes_readable(listening.fd));
        const UniqueFd accepted(accept(listening.fd.get(), nullptr, nullptr));

        EXPECT_EQ(peer_of(connected.fd), is_v6 ? "[fd09::1]:2000" : "10.9.0.1:2000");
        EXPECT_EQ(local_port_of(accepted), 2000);
    }
}

TEST_F(RemoteRedirectTest, CarriesDataBothWays) {
    load(kRemoteWebA);
    const Echo echo("::", 1000);

    for (const char* address : kServerAddresses) {
        const Attempt connected = connect_client(address, 2000);
        ASSERT_EQ(connected.refusal(), "") << address;
        EXPECT_EQ(say(connected.fd, "ping"), "ping") << address;
    }
}

TEST_F(RemoteRedirectTest, ReachesAServerOnEveryAddress) {
    load(kRemoteEverywhere);
    const App app("app", "::", 1000);

    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "app") << address;
}

TEST_F(RemoteRedirectTest, ReachesAnAddressAddedAfterTheLoad) {
    load(kRemoteEverywhere);
    const App app("app", "::", 1000);
    ip({"addr", "add", "192.0.2.7/32", "dev", "lo"});
    ip({"addr", "add", "2001:db8::7/128", "dev", "zdr0", "nodad"});

    EXPECT_EQ(ask_client("192.0.2.7", 2000), "app");
    EXPECT_EQ(ask_client("2001:db8::7", 2000), "app");

    flip("drain", "webA");
    EXPECT_EQ(ask_client("192.0.2.7", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask_client("2001:db8::7", 2000), "ECONNREFUSED");
}

TEST_F(RemoteRedirectTest, ReachesAnAppOnOneAddress) {
    load(kRemoteEverywhere);
    const App v4("v4", "10.9.0.1", 1000);
    const App v6("v6", "fd09::1", 1000);

    EXPECT_EQ(ask_client("10.9.0.1", 2000), "v4");
    EXPECT_EQ(ask_client("fd09::1", 2000), "v6");
}

TEST_F(RemoteRedirectTest, ReachesAnAppOnAllAddressesOfOneFamily) {
    load(kRemoteEverywhere);
    SocketOptions only_v6;
    only_v6.only_v6 = true;
    const App v4("v4", "0.0.0.0", 1000);
    const App v6("v6", "::", 1000, only_v6);

    EXPECT_EQ(ask_client("10.9.0.1", 2000), "v4");
    EXPECT_EQ(ask_client("fd09::1", 2000), "v6");
}

TEST_F(RemoteRedirectTest, ReachesListenersThatShareAPort) {
    load(kRemoteWebA);
    SocketOptions share;
    share.reuse_port = true;
    const App one("app", "::", 1000, share);
    const App two("app", "::", 1000, share);

    for (int i = 0; i < 100; ++i) ASSERT_EQ(ask_client(kServerAddresses[i % 2], 2000), "app");

    EXPECT_GT(one.accepted(), 0);
    EXPECT_GT(two.accepted(), 0);
}

TEST_F(RemoteRedirectTest, FindsAnAppThatStartsAnew) {
    load(kRemoteWebA);
    for (int i = 0; i < 5; ++i) {
        const std::string name = "app " + std::to_string(i);
        const App app(name, "::", 1000);

        for (const char* address : kServerAddresses) ASSERT_EQ(ask_client(address, 2000), name) << address;
    }
    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
}

TEST_F(RemoteRedirectTest, LeavesOtherPortsAlone) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);
    const App other("other", "::", 2002);

    for (const char* address : kServerAddresses) {
        EXPECT_EQ(ask_client(address, 1000), "app") << address;
        EXPECT_EQ(ask_client(address, 2002), "other") << address;
        EXPECT_EQ(ask_client(address, 2001), "ECONNREFUSED") << address;
    }
    EXPECT_EQ(zdr().redirected("webA") + zdr().refused("webA"), 0);
}

TEST_F(RemoteRedirectTest, LeavesTheStatusPortOfAnotherAddress) {
    ip({"addr", "add", "10.9.0.7/24", "dev", "zdr0"});
    const App other("other", "10.9.0.7", 2000);
    const App app("app", "::", 1000);
    load(kRemoteWebA);

    for (const char* state : {"ready", "drain"}) {
        flip(state, "webA");
        EXPECT_EQ(ask_client("10.9.0.7", 2000), "other") << state;
    }
}

TEST_F(RemoteRedirectTest, IsGoneAfterUnload) {
    const App app("app", "::", 1000);
    load(kRemoteWebA);
    unload();

    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
    expect_nothing_left();
}

TEST_F(RemoteRedirectTest, CountsEachConnectionOnce) {
    load(kRemoteWebA);
    const Echo echo("::", 1000);
    for (int i = 0; i < 100; ++i) {
        const Attempt connected = connect_client(kServerAddresses[i % 2], 2000);
        ASSERT_EQ(connected.refusal(), "");
        ASSERT_EQ(say(connected.fd, "ping"), "ping");
    }
    flip("drain", "webA");
    for (int i = 0; i < 50; ++i) ASSERT_EQ(connect_client(kServerAddresses[i % 2], 2000).refusal(), "ECONNREFUSED");

    EXPECT_EQ(zdr().redirected("webA"), 100);
    EXPECT_EQ(zdr().refused("webA"), 50);
}

}  // namespace
}  // namespace zdr::test
