// The key start: in which state a server begins.
#include "support/app.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using StartTest = SystemTest;

std::string starting(const std::string& start) {
    return std::string(kWebA) + "backup-status-port = 3000\nstart = " + start + "\n";
}

TEST_F(StartTest, ReadyIsReady) {
    load(starting("ready"));
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(StartTest, DrainRefusesFromTheBeginning) {
    load(starting("drain"));
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 3000), "app");
}

TEST_F(StartTest, MaintRefusesFromTheBeginning) {
    load(starting("maint"));
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(zdr().state("webA"), "maint");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 3000), "ECONNREFUSED");
}

TEST_F(StartTest, IsForTheFirstLoadOnly) {
    load(starting("drain"));
    flip("ready", "webA");

    load(starting("drain"));

    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(StartTest, IsForAServerThatIsAddedToo) {
    load(kWebA);

    load(std::string(kWebA) + "[server.webB]\nport = 1001\nstatus-port = 2001\nstart = drain\n");

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(zdr().state("webB"), "drain");
}

TEST_F(StartTest, LastIsReadyTheFirstTime) {
    load(starting("last"));

    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(StartTest, LastOutlivesUnload) {
    for (const char* state : {"drain", "maint", "ready"}) {
        load(starting("last"));
        flip(state, "webA", {"--reason", "release 42"});

        unload();
        load(starting("last"));

        EXPECT_EQ(zdr().state("webA"), state);
        EXPECT_NE(zdr().status().find("release 42"), std::string::npos);
    }
}

TEST_F(StartTest, OthersForgetWithUnload) {
    load(starting("ready"));
    flip("drain", "webA");

    unload();
    load(starting("ready"));

    EXPECT_EQ(zdr().state("webA"), "ready");
}

}  // namespace
}  // namespace zdr::test
