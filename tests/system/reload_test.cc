// load with a changed file: the kernel's servers become those of the file, and what stays keeps its state.
#include "support/app.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using ReloadTest = SystemTest;

const std::string kA(kWebA);
const std::string kB = "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\n";
const std::string kC = "[server.webC]\naddress = 127.0.0.1\nport = 1002\nstatus-port = 2002\n";

TEST_F(ReloadTest, AddsAServer) {
    load(kA);
    const App app("b", "127.0.0.1", 1001);
    flip("drain", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2001), "ECONNREFUSED");

    load(kA + kB);

    EXPECT_EQ(ask("127.0.0.1", 2001), "b");
    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(zdr().state("webB"), "ready");
}

TEST_F(ReloadTest, RemovesAServer) {
    load(kA + kB);
    const App a("a", "127.0.0.1", 1000);
    const App b("b", "127.0.0.1", 1001);
    flip("drain", "webB");

    load(kB);

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");  // nobody listens there
    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "");
    EXPECT_EQ(run(zdr().ctl({"status", "webA"})).status, 6);
    EXPECT_EQ(zdr().state("webB"), "drain");
    EXPECT_EQ(zdr().refused("webB"), 0);
}

TEST_F(ReloadTest, RemovedServerThatComesBackIsNew) {
    load(kA + kB);
    const App a("a", "127.0.0.1", 1000);
    flip("drain", "webA");
    ask("127.0.0.1", 2000);

    load(kB);
    load(kA + kB);

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(zdr().refused("webA"), 0);
    EXPECT_EQ(ask("127.0.0.1", 2000), "a");
}

TEST_F(ReloadTest, ChangesPorts) {
    load(kA);
    const App old_app("old", "127.0.0.1", 1000);
    const App new_app("new", "127.0.0.1", 1100);

    load("[server.webA]\naddress = 127.0.0.1\nport = 1100\nstatus-port = 2100\n");

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 2100), "new");
    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "");
    EXPECT_EQ(listen_on("127.0.0.1", 2100).refusal(), "EADDRINUSE");
}

TEST_F(ReloadTest, ChangesAddresses) {
    load(kA);
    const App app("app", "::", 1000);

    load("[server.webA]\naddress = 127.0.0.2\naddress = ::1\nport = 1000\nstatus-port = 2000\n");

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.2", 2000), "app");
    EXPECT_EQ(ask("::1", 2000), "app");
}

TEST_F(ReloadTest, DrainedServerWhoseFallChangedStaysDrained) {
    load(kA);
    const App app("a", "127.0.0.1", 1000);
    flip("drain", "webA", {"--reason", "release 42"});
    ask("127.0.0.1", 2000);

    load(kA + "fall = 5\n");

    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(zdr().refused("webA"), 1);
    EXPECT_NE(zdr().status().find("release 42"), std::string::npos);
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
}

TEST_F(ReloadTest, DrainedServerWhosePortsChangedStaysDrained) {
    load(kA);
    const App app("a", "127.0.0.1", 1100);
    flip("drain", "webA");

    load("[server.webA]\naddress = 127.0.0.1\nport = 1100\nstatus-port = 2100\n");

    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(ask("127.0.0.1", 2100), "ECONNREFUSED");
}

TEST_F(ReloadTest, StatusPortMayGoToAnotherServer) {
    load(kA + kB);
    const App a("a", "127.0.0.1", 1000);
    const App b("b", "127.0.0.1", 1001);
    flip("drain", "webA");

    load(
        "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2001\n"
        "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2000\n");

    EXPECT_EQ(ask("127.0.0.1", 2000), "b");
    EXPECT_EQ(ask("127.0.0.1", 2001), "ECONNREFUSED");
}

TEST_F(ReloadTest, AddsRemovesAndChangesAtOnce) {
    load(kA + kB);
    const App b("b", "127.0.0.1", 1101);
    const App c("c", "127.0.0.1", 1002);
    flip("drain", "webB");

    load("[server.webB]\naddress = 127.0.0.1\nport = 1101\nstatus-port = 2001\n" + kC);

    EXPECT_EQ(ask("127.0.0.1", 2002), "c");
    EXPECT_EQ(ask("127.0.0.1", 2001), "ECONNREFUSED");
    flip("ready", "webB");
    EXPECT_EQ(ask("127.0.0.1", 2001), "b");
    EXPECT_EQ(run(zdr().ctl({"status", "webA"})).status, 6);
}

TEST_F(ReloadTest, ToNoServersAtAll) {
    load(kA + kB);

    load("# none\n");

    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "");
    EXPECT_EQ(zdr().status().find("webA"), std::string::npos);
}

}  // namespace
}  // namespace zdr::test
