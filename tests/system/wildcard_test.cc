// A server on every address (*): those of this host, whenever and wherever they came, and of no other host.
#include "support/app.h"
#include "support/namespace.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

constexpr std::string_view kWildcard =
    "[server.webA]\n"
    "address = *\n"
    "port = 1000\n"
    "status-port = 2000\n";

using WildcardTest = SystemTest;

TEST_F(WildcardTest, IsEveryLoopbackAddress) {
    load(kWildcard);
    const App app("app", "::", 1000);

    for (const char* ip : {"127.0.0.1", "127.0.0.5", "127.255.255.254", "::1", "::ffff:127.0.0.9", "0.0.0.0", "::"})
        EXPECT_EQ(ask(ip, 2000), "app") << ip;

    flip("drain", "webA");
    for (const char* ip : {"127.0.0.1", "127.0.0.5", "::1", "::ffff:127.0.0.9", "0.0.0.0", "::"})
        EXPECT_EQ(ask(ip, 2000), "ECONNREFUSED") << ip;
}

TEST_F(WildcardTest, IsTheAddressesOfAnInterface) {
    const NetNamespace host;
    connect_hosts(host);
    load(kWildcard);
    const App app("app", "::", 1000);

    EXPECT_EQ(ask("10.9.0.1", 2000), "app");
    EXPECT_EQ(ask("fd09::1", 2000), "app");

    flip("drain", "webA");
    EXPECT_EQ(ask("10.9.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("fd09::1", 2000), "ECONNREFUSED");
}

TEST_F(WildcardTest, IsAnAddressAddedAfterTheLoad) {
    load(kWildcard);
    const App app("app", "::", 1000);
    add_address("192.0.2.7/32", "lo");
    add_address("2001:db8::7/128", "lo");

    EXPECT_EQ(ask("192.0.2.7", 2000), "app");
    EXPECT_EQ(ask("2001:db8::7", 2000), "app");

    flip("drain", "webA");
    EXPECT_EQ(ask("192.0.2.7", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("2001:db8::7", 2000), "ECONNREFUSED");
}

TEST_F(WildcardTest, IsAnInterfaceAddedAfterTheLoad) {
    load(kWildcard);
    const App app("app", "::", 1000);
    const NetNamespace host;
    connect_hosts(host);

    EXPECT_EQ(ask("10.9.0.1", 2000), "app");
    EXPECT_EQ(ask("fd09::1", 2000), "app");
}

TEST_F(WildcardTest, IsTheLastOfManyAddresses) {
    load(kWildcard);
    const App app("app", "::", 1000);
    for (int i = 1; i <= 40; ++i) {
        add_address("192.0.2." + std::to_string(i) + "/32", "lo");
        add_address("2001:db8::" + std::to_string(i) + "/128", "lo");
    }

    for (const char* suffix : {"1", "20", "40"}) {
        EXPECT_EQ(ask(std::string("192.0.2.") + suffix, 2000), "app");
        EXPECT_EQ(ask(std::string("2001:db8::") + suffix, 2000), "app");
    }
}

TEST_F(WildcardTest, LeavesAnAddressThatIsTakenAway) {
    load(kWildcard);
    flip("drain", "webA");
    const NetNamespace host;
    connect_hosts(host);
    add_address("10.9.0.7/32", "lo");
    ASSERT_EQ(ask("10.9.0.7", 2000), "ECONNREFUSED");

    ip({"addr", "del", "10.9.0.7/32", "dev", "lo"});
    host.run([] { add_address("10.9.0.7/24", "zdr1"); });
    std::unique_ptr<App> theirs;
    host.run([&] { theirs = std::make_unique<App>("theirs", "10.9.0.7", 2000); });

    EXPECT_EQ(ask("10.9.0.7", 2000), "theirs");
}

TEST_F(WildcardTest, LeavesAnotherHostsPort) {
    const NetNamespace host;
    connect_hosts(host);
    std::unique_ptr<App> theirs;
    host.run([&] { theirs = std::make_unique<App>("theirs", "::", 2000); });
    load(kWildcard);

    for (const char* state : {"ready", "drain"}) {
        flip(state, "webA");

        EXPECT_EQ(ask("10.9.0.2", 2000), "theirs") << state;
        EXPECT_EQ(ask("fd09::2", 2000), "theirs") << state;
        EXPECT_EQ(ask("::ffff:10.9.0.2", 2000), "theirs") << state;
    }
    EXPECT_EQ(zdr().redirected("webA") + zdr().refused("webA"), 0);
}

TEST_F(WildcardTest, GivesWayToAServerOnThatVeryAddress) {
    load(std::string(kWildcard) + "[server.webB]\naddress = 127.0.0.2\nport = 1001\nstatus-port = 2000\n");
    const App all("all", "0.0.0.0", 1000);
    const App one("one", "127.0.0.2", 1001);

    EXPECT_EQ(ask("127.0.0.1", 2000), "all");
    EXPECT_EQ(ask("127.0.0.2", 2000), "one");

    flip("drain", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.2", 2000), "one");
}

}  // namespace
}  // namespace zdr::test
