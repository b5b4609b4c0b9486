// Checks from another host while the server is drained: refused by a reset, at once.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "remote_foreign.h"
#include "remote_hosts.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

// A lost SYN is sent again after a second, a lost segment after 200 ms. On a slow machine one may take longer: the
// quickest half must not.
constexpr std::chrono::milliseconds kAtOnce{100};

using RemoteDrainTest = RemoteTest;

TEST_F(RemoteDrainTest, RefusesAtOnce) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);
    flip("drain", "webA");

    for (const char* address : kServerAddresses) {
        std::vector<std::chrono::milliseconds> times;
        for (int i = 0; i < 11; ++i) {
            const Attempt refused = connect_client(address, 2000);
            ASSERT_EQ(refused.refusal(), "ECONNREFUSED") << address;
            times.push_back(refused.took);
        }
        std::sort(times.begin(), times.end());
        EXPECT_LT(times[times.size() / 2], stretched(kAtOnce)) << address;
    }
}

TEST_F(RemoteDrainTest, RefusesEvenWhatListensOnTheStatusPort) {
    const App squatter("squatter", "::", 2000);
    load(std::string(kRemoteWebA) + "replace-listener = yes\n");
    flip("drain", "webA");

    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
    EXPECT_EQ(squatter.accepted(), 0);
}

TEST_F(RemoteDrainTest, RefusesWhatListensOnTheStatusPortOfEveryAddress) {
    const App squatter("squatter", "::", 2000);
    load(std::string(kRemoteEverywhere) + "replace-listener = yes\n");
    flip("drain", "webA");

    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
    EXPECT_EQ(squatter.accepted(), 0);
}

TEST_F(RemoteDrainTest, ReadyPrefersTheAppToWhatListensOnTheStatusPort) {
    const App squatter("squatter", "::", 2000);
    const App app("app", "::", 1000);
    load(std::string(kRemoteWebA) + "replace-listener = yes\n");

    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "app") << address;
}

TEST_F(RemoteDrainTest, BackupStatusPortStaysUntilMaint) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);

    flip("drain", "webA");
    for (const char* address : kServerAddresses) {
        EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
        EXPECT_EQ(ask_client(address, 3000), "app") << address;
    }

    flip("maint", "webA");
    for (const char* address : kServerAddresses) {
        EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
        EXPECT_EQ(ask_client(address, 3000), "ECONNREFUSED") << address;
        EXPECT_EQ(ask_client(address, 1000), "app") << address;
    }

    flip("ready", "webA");
    for (const char* address : kServerAddresses) {
        EXPECT_EQ(ask_client(address, 2000), "app") << address;
        EXPECT_EQ(ask_client(address, 3000), "app") << address;
    }
}

TEST_F(RemoteDrainTest, LeaseEndsByItself) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);
    flip("drain", "webA", {"--ttl", "2s"});
    ASSERT_EQ(ask_client("10.9.0.1", 2000), "ECONNREFUSED");

    EXPECT_TRUE(eventually([&] { return ask_client("10.9.0.1", 2000) == "app"; }));
    EXPECT_EQ(ask_client("fd09::1", 2000), "app");
}

// Another program that comes later and gives the connection a socket: what the checker got counts.
TEST_F(RemoteDrainTest, ARefusalThatAnotherProgramUndoesIsNone) {
    const std::string config = "[server.webA]\nport = 1000\nstatus-port = 2000\ninter = 100ms\n";
    load(config);
    const App app("app", "::", 1000);
    const RemoteLookup other(app.listener());
    flip("drain", "webA");

    for (int i = 0; i < 5; ++i) ASSERT_EQ(ask_client("10.9.0.1", 2000), "app") << i;

    const auto checkers = nlohmann::json::parse(zdr().status())["servers"][0]["checkers"];
    EXPECT_EQ(checkers[0]["refused_streak"], 0) << checkers;
    EXPECT_EQ(checkers[0]["redirected_streak"], 1) << checkers;
    const Output loaded = zdr().load();
    EXPECT_EQ(loaded.status, 0) << loaded.err;
    EXPECT_NE(loaded.err.find("another program decides, too, where connections go"), std::string::npos) << loaded.err;
}

}  // namespace
}  // namespace zdr::test
