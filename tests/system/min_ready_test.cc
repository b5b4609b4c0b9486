// The rule of the last ready server counts those that can serve: an app that listens, and that HAProxy has up.
#include <fstream>
#include <memory>

#include "support/app.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

const std::string kBackendOfTwo =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackend = srvs\ninter = 100ms\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\ninter = 100ms\n";
constexpr const char* kTwoLines =
    "    server webA 127.0.0.1:1000 check port 2000 inter 100\n"
    "    server webB 127.0.0.1:1001 check port 2001 inter 100\n";

class MinReadyTest : public SystemTest {
  protected:
    static std::unique_ptr<App> app_a() { return std::make_unique<App>("webA", "127.0.0.1", 1000); }
    static std::unique_ptr<App> app_b() { return std::make_unique<App>("webB", "127.0.0.1", 1001); }

    Output drain(const std::string& name, const Command& more = {"--no-wait"}) const {
        return run(zdr().ctl(Command{"drain", name} + more));
    }
    void drains(const std::string& name) const {
        const Output output = drain(name);
        EXPECT_EQ(output.status, 0) << output.err;
    }
    // Because of why, and nothing changed.
    void is_refused(const std::string& name, const std::string& why) const {
        const Output output = drain(name);
        EXPECT_EQ(output.status, 5);
        EXPECT_NE(output.err.find(why), std::string::npos) << output.err;
        EXPECT_EQ(zdr().state(name), "ready");
    }
};

TEST_F(MinReadyTest, AServerWhoseAppIsDeadKeepsNoBackendUp) {
    load(kBackendOfTwo);
    auto a = app_a();
    const auto b = app_b();
    a.reset();

    is_refused("webB", "(ready now: webB; webA: nothing listens on its port 1000)");
    const Output removal = run(zdr().ctl({"remove", "webB"}));
    EXPECT_EQ(removal.status, 5) << removal.err;

    a = app_a();
    drains("webB");
    is_refused("webA", "(ready now: webA)");
}

TEST_F(MinReadyTest, WhereNoneServesNothingIsLost) {
    load(kBackendOfTwo);

    drains("webA");
    drains("webB");
}

TEST_F(MinReadyTest, AnyOfItsBackendsCounts) {
    load(kBackendOfTwo + "backend = more\n[server.webC]\nport = 1002\nstatus-port = 2002\nbackend = more\n");
    const auto a = app_a();
    const auto b = app_b();

    is_refused("webB", "backend more would have no ready server left (ready now: webB; webC: nothing listens on");
    const App c("webC", "127.0.0.1", 1002);
    drains("webB");
}

// The last of a backend that another server lists as its second one.
TEST_F(MinReadyTest, AServerOfASecondBackendIsOneOfIt) {
    load(kBackendOfTwo +
         "[server.webC]\nport = 1002\nstatus-port = 2002\nbackend = more\nbackend = srvs\n"
         "[server.webD]\nport = 1003\nstatus-port = 2003\nbackend = more\n");
    const auto a = app_a();
    const auto b = app_b();
    const App c("webC", "127.0.0.1", 1002);
    const App d("webD", "127.0.0.1", 1003);

    drains("webC");
    is_refused("webD", "backend more would have no ready server left (ready now: webD)");
    flip("ready", "webC");
    drains("webA");
    drains("webB");
    is_refused("webC", "backend srvs would have no ready server left (ready now: webC)");
}

// A socket that was made elsewhere is in no registry until somebody looks.
TEST_F(MinReadyTest, AListenerFromOutsideOfTheCgroupCounts) {
    load(kBackendOfTwo);
    const auto join = [](const std::string& cgroup) { std::ofstream(cgroup + "/cgroup.procs") << "0"; };
    join(cgroup_root());
    const auto a = app_a();
    join(sandbox().cgroup());
    const auto b = app_b();

    drains("webB");
}

TEST_F(MinReadyTest, AServerOnAnotherHostIsTakenToListen) {
    load(
        "[server.webA]\naddress = 192.0.2.1\nport = 1000\nstatus-port = 2000\nbackend = srvs\n"
        "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\n");
    const auto b = app_b();

    drains("webB");
}

TEST_F(MinReadyTest, AServerThatHaproxyHasDownKeepsNoBackendUp) {
    load("haproxy = " + sandbox().directory() + "/haproxy.sock\n" + kBackendOfTwo);
    const auto a = app_a();
    const auto b = app_b();
    const Haproxy haproxy(sandbox().directory(), 8080, kTwoLines);
    ASSERT_TRUE(haproxy.shows("webA", "UP") && haproxy.shows("webB", "UP"));

    haproxy.answer("set server srvs/webA state maint");
    is_refused("webB", "/haproxy.sock has srvs/webA MAINT)");
    const Output waits = drain("webB", {});
    EXPECT_EQ(waits.status, 5) << waits.err;
    EXPECT_EQ(zdr().state("webB"), "ready");

    haproxy.answer("set server srvs/webA state ready");
    ASSERT_TRUE(haproxy.shows("webA", "UP"));
    drains("webB");
}

// What cannot be asked is no obstacle to a flip that waits for nothing.
TEST_F(MinReadyTest, HaproxyThatIsAwayIsNotAsked) {
    load("haproxy = " + sandbox().directory() + "/haproxy.sock\n" + kBackendOfTwo);
    const auto a = app_a();
    const auto b = app_b();

    drains("webB");
    is_refused("webA", "(ready now: webA)");
}

// The first restart may be what mends it.
TEST_F(MinReadyTest, ARestartOfBothBeginsWithTheDeadOne) {
    load(kBackendOfTwo);
    const auto b = app_b();

    const Output plan = run(zdr().ctl({"restart", "webA", "webB", "--dry-run"}) + Command{"--", "true"});
    EXPECT_EQ(plan.status, 0) << plan.err;
    const Output wrong = run(zdr().ctl({"restart", "webB", "webA", "--dry-run"}) + Command{"--", "true"});
    EXPECT_EQ(wrong.status, 5) << wrong.err;
}

}  // namespace
}  // namespace zdr::test
