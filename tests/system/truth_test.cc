// What zdr says is what HAProxy sees: each of these was said to be done while HAProxy saw it otherwise.
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "support/app.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/net.h"
#include "support/service.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kTimes = 5;

class TruthTest : public SystemTest {
  protected:
    Output ctl(const Command& arguments) const { return run(zdr().ctl(arguments)); }
    nlohmann::json checkers() const { return nlohmann::json::parse(zdr().status())["servers"][0]["checkers"]; }

    // webA, which HAProxy checks as its line says; more: what follows in HAProxy's file.
    void start_one(const std::string& keys, const std::string& line, const std::string& more = "") {
        load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\n" + keys);
        app_ = std::make_unique<App>("app", "127.0.0.1", 1000);
        haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080,
                                             "    server webA 127.0.0.1:1000 check port 2000 " + line + "\n" + more);
        ASSERT_TRUE(haproxy_->shows("webA", "UP"));
        ASSERT_TRUE(eventually([&] { return !checkers().empty() && checkers()[0]["redirected_streak"] >= 5; }));
    }

    // A script of that name, which asks the status port again and again.
    std::unique_ptr<Process> start_asking(const std::string& name, const std::string& seconds_between) const {
        const std::string path = sandbox().directory() + "/" + name;
        std::ofstream(path) << "#!/bin/bash\nwhile :; do { :; } 3<>/dev/tcp/127.0.0.1/2000; read -rt "
                            << seconds_between << " <> <(:); done 2>/dev/null\n";
        chmod(path.c_str(), 0755);
        return std::make_unique<Process>(Command{path});
    }

    const Haproxy& haproxy() const { return *haproxy_; }

    std::unique_ptr<App> app_;
    std::unique_ptr<Haproxy> haproxy_;
};

// Its settings know nothing of downinter, and of another interval than the real one.
TEST_F(TruthTest, DowninterThatNobodyToldIsWaitedFor) {
    start_one("inter = 100ms\n", "inter 100 downinter 1500");

    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
        ASSERT_EQ(haproxy().status("webA"), "DOWN") << i;
        const Output ready = ctl({"ready", "webA"});
        ASSERT_EQ(ready.status, 0) << ready.err;
        ASSERT_EQ(haproxy().status("webA"), "UP") << i;
    }
}

// As in a container whose first process waits for nobody.
TEST_F(TruthTest, WhoHasEndedIsNotWaitedForThoughNobodyReapedIt) {
    start_one("inter = 100ms\n", "inter 100");
    const auto checker = start_asking("checker", "0.1");
    ASSERT_TRUE(eventually([&] {
        for (const auto& one : checkers())
            if (one["from"] == "checker" && one["counts"] == true && one["redirected_streak"] > 4) return true;
        return false;
    })) << checkers().dump();
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    checker->signal(SIGKILL);

    const Output ready = ctl({"ready", "webA", "--timeout", "20s"});

    EXPECT_EQ(ready.status, 0) << ready.err;
}

TEST_F(TruthTest, ProbeThatAsksSeldomHoldsUpNobody) {
    start_one("inter = 100ms\n", "inter 100");
    const auto prober = start_asking("prober", "0.8");
    ASSERT_TRUE(eventually([&] {
        for (const auto& one : checkers())
            if (one["from"] == "prober" && one["counts"] == false && one["interval_ms"] > 300) return true;
        return false;
    })) << checkers().dump();

    const auto began = Clock::now();
    const Output output = ctl({"drain", "webA"});

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_LT(Clock::now() - began, stretched(700ms));
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
}

TEST_F(TruthTest, SlowstartIsReady) {
    start_one("inter = 100ms\n", "inter 100 slowstart 30s");
    const std::string socket = sandbox().directory() + "/haproxy.sock";

    ASSERT_EQ(ctl({"drain", "webA", "--haproxy", socket}).status, 0);
    const Output output = ctl({"ready", "webA", "--haproxy", socket});

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(haproxy().status("webA"), "UP");
}

// Its settings know nothing of its real fall and rise.
TEST_F(TruthTest, HaproxyThatIsAskedIsBelievedAboutItself) {
    start_one("inter = 100ms\nfall = 1000\nrise = 1000\n", "inter 100");
    const std::string socket = sandbox().directory() + "/haproxy.sock";

    for (int i = 0; i < kTimes; ++i) {
        const Output drained = ctl({"drain", "webA", "--haproxy", socket});
        ASSERT_EQ(drained.status, 0) << drained.err;
        ASSERT_EQ(haproxy().status("webA"), "DOWN") << i;
        const Output ready = ctl({"ready", "webA", "--haproxy", socket});
        ASSERT_EQ(ready.status, 0) << ready.err;
        ASSERT_EQ(haproxy().status("webA"), "UP") << i;
    }
}

TEST_F(TruthTest, HaproxyThatIsAskedDoesNotSpeakForASecondOne) {
    start_one("inter = 300ms\n", "inter 100");
    const std::string second = sandbox().directory() + "/second";
    mkdir(second.c_str(), 0755);
    const Haproxy slow(second, 8081, "    server webA 127.0.0.1:1000 check port 2000 inter 300\n");
    ASSERT_TRUE(slow.shows("webA", "UP"));
    ASSERT_TRUE(eventually([&] { return checkers().size() == 2 && checkers()[1]["redirected_streak"] >= 5; }));

    for (int i = 0; i < kTimes; ++i) {
        ASSERT_EQ(ctl({"drain", "webA", "--haproxy", sandbox().directory() + "/haproxy.sock"}).status, 0);
        ASSERT_EQ(haproxy().status("webA") + " " + slow.status("webA"), "DOWN DOWN") << i;
        ASSERT_EQ(ctl({"ready", "webA", "--haproxy", sandbox().directory() + "/haproxy.sock"}).status, 0);
        ASSERT_EQ(haproxy().status("webA") + " " + slow.status("webA"), "UP UP") << i;
    }
}

// Nobody asks is no yes of the backup status port either.
TEST_F(TruthTest, MaintNeedsSomebodyWhoChecksTheBackupStatusPort) {
    start_one("inter = 100ms\nbackup-status-port = 3000\n", "inter 100");

    const Output refused = ctl({"maint", "webA"});
    EXPECT_EQ(refused.status, 5);
    EXPECT_NE(refused.err.find("nobody has checked the backup status port of webA"), std::string::npos) << refused.err;
    const Output restart = run(zdr().ctl({"restart", "webA"}) + Command{"--", "true"});
    EXPECT_EQ(restart.status, 5) << restart.err;
    const Output asked = ctl({"maint", "webA", "--haproxy", sandbox().directory() + "/haproxy.sock"});
    EXPECT_EQ(asked.status, 5) << asked.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(haproxy().status("webA"), "UP");

    ASSERT_EQ(ctl({"maint", "webA", "--no-wait"}).status, 0);
    const Output waited = ctl({"wait", "webA", "--for", "drained", "--timeout", "4s"});
    EXPECT_EQ(waited.status, 4);
    EXPECT_NE(waited.err.find("nobody has asked its backup status port"), std::string::npos) << waited.err;
}

TEST_F(TruthTest, HaproxyThatDoesNotKnowTheServerIsFoundBeforeTheFlip) {
    start_one("inter = 100ms\n", "inter 100");
    const std::string second = sandbox().directory() + "/second";
    mkdir(second.c_str(), 0755);
    const Haproxy other(second, 8081, "    server other 127.0.0.1:1001 check port 2001 inter 100\n");

    for (const Command& more : {Command{}, Command{"--unchecked"}}) {
        const Output output = ctl(Command{"drain", "webA", "--haproxy", second + "/haproxy.sock"} + more);
        EXPECT_EQ(output.status, 1);
        EXPECT_NE(output.err.find("no HAProxy that was asked has a server that checks port 2000"), std::string::npos)
            << output.err;
        EXPECT_EQ(zdr().state("webA"), "ready");
    }
}

TEST_F(TruthTest, ReadyWaitsUntilTheHttpCheckWouldSucceed) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 100ms\ncheck-uri = /health\n");
    Service(sandbox().directory(), "webA", "127.0.0.1:1000", "503");

    const Output output = ctl({"ready", "webA", "--unchecked", "--timeout", "500ms"});

    EXPECT_EQ(output.status, 4);
    EXPECT_NE(output.err.find("/health of port 1000 answers 503"), std::string::npos) << output.err;
}

class TruthOfTlsTest : public TruthTest {
  protected:
    // webA speaks TLS, and answers /health so; keys: more of zdr.conf.
    void start_encrypted(const std::string& answer, const std::string& keys) {
        load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 100ms\n" + keys);
        Service(sandbox().directory(), "webA", Service::encrypted(sandbox().directory(), "127.0.0.1:1000"), answer);
    }
};

TEST_F(TruthOfTlsTest, HttpChecksOverTls) {
    start_encrypted("200", "check-uri = /health\ncheck-ssl = yes\n");
    const Haproxy balancer(
        sandbox().directory(), 8080,
        "    option httpchk GET /health\n    server webA 127.0.0.1:1000 ssl verify none check check-ssl "
        "port 2000 inter 100\n");
    ASSERT_TRUE(balancer.shows("webA", "UP"));
    ASSERT_TRUE(eventually([&] { return !checkers().empty() && checkers()[0]["redirected_streak"] >= 5; }));

    for (int i = 0; i < kTimes; ++i) {
        const Output drained = ctl({"drain", "webA"});
        ASSERT_EQ(drained.status, 0) << drained.err;
        ASSERT_EQ(balancer.status("webA"), "DOWN") << i;
        const Output ready = ctl({"ready", "webA"});
        ASSERT_EQ(ready.status, 0) << ready.err;
        ASSERT_EQ(balancer.status("webA"), "UP") << i;
    }
}

TEST_F(TruthOfTlsTest, AnAppThatWarmsUpIsNotReady) {
    start_encrypted("503", "check-uri = /health\ncheck-ssl = yes\n");
    flip("drain", "webA");

    const Output output = ctl({"ready", "webA", "--unchecked", "--timeout", "500ms"});

    EXPECT_EQ(output.status, 4);
    EXPECT_NE(output.err.find("/health of port 1000 answers 503"), std::string::npos) << output.err;
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(TruthOfTlsTest, TheHandshakeAloneIsAskedToo) {
    start_encrypted("503", "check-ssl = yes\n");
    EXPECT_EQ(ctl({"ready", "webA", "--unchecked"}).status, 0);

    load("[server.webA]\naddress = 127.0.0.1\nport = 1002\nstatus-port = 2000\ncheck-ssl = yes\n");
    Service(sandbox().directory(), "clear", "127.0.0.1:1002");
    const Output output = ctl({"ready", "webA", "--unchecked", "--timeout", "500ms"});

    EXPECT_EQ(output.status, 4);
    EXPECT_NE(output.err.find("TLS on port 1002: "), std::string::npos) << output.err;
}

TEST_F(TruthTest, WaitForReadyAsksTheApp) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 100ms\ncheck-uri = /health\n");
    Service(sandbox().directory(), "webA", "127.0.0.1:1000", "503");

    const Output plain = ctl({"wait", "webA", "--for", "ready", "--timeout", "4s"});

    EXPECT_EQ(plain.status, 4);
}

// What a release breaks once it is led clients to.
TEST_F(TruthTest, AnAppThatTurnsBadMeanwhileIsNotReady) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 500ms\ncheck-uri = /health\n");
    const Service good(sandbox().directory(), "webA", "127.0.0.1:1000");
    flip("drain", "webA");
    Process ready(zdr().ctl({"ready", "webA", "--unchecked", "--timeout", "6s"}));
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") == "ready"; }));
    std::ofstream(Service::sick_file(sandbox().directory(), "webA")) << "";

    const Output output = ready.wait();

    EXPECT_EQ(output.status, 4);
    EXPECT_NE(output.err.find("/health of port 1000 answers 503"), std::string::npos) << output.err;
}

TEST_F(TruthTest, WhatHaproxyLooksAtBesideIsNotClaimed) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 100ms\ncheck-complete = no\n");
    Service(sandbox().directory(), "webA", "127.0.0.1:1000", "503");
    const Haproxy balancer(
        sandbox().directory(), 8080,
        "    option httpchk GET /health\n    server webA 127.0.0.1:1000 check port 2000 inter 100\n");
    ASSERT_TRUE(balancer.shows("webA", "DOWN"));
    ASSERT_TRUE(eventually([&] { return !checkers().empty() && checkers()[0]["redirected_streak"] >= 5; }));

    const Output counted = ctl({"ready", "webA"});
    EXPECT_EQ(counted.status, 0) << counted.err;
    EXPECT_EQ(counted.err.find("webA: ready"), std::string::npos) << counted.err;
    EXPECT_NE(counted.err.find("whether HAProxy has it up is not known"), std::string::npos) << counted.err;
    const Output asked =
        ctl({"ready", "webA", "--timeout", "2s", "--haproxy", sandbox().directory() + "/haproxy.sock"});
    EXPECT_EQ(asked.status, 4) << asked.err;
}

TEST_F(TruthTest, StatusesOfItsOwnAreGood) {
    load(
        "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 100ms\ncheck-uri = /health\n"
        "check-status = 401,503\n");
    Service(sandbox().directory(), "webA", "127.0.0.1:1000", "503");

    EXPECT_EQ(ctl({"ready", "webA", "--unchecked"}).status, 0);
}

TEST_F(TruthTest, ListenerOnTheStatusPortIsNotReplacedUnasked) {
    const App clustercheck("checked", "127.0.0.1", 2000);
    const std::string server = "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\n";
    zdr().configure(server);

    const Output output = zdr().load();

    expect_refusal(output, 5);
    EXPECT_NE(output.err.find("listens on port 2000, the status port of webA"), std::string::npos) << output.err;
    EXPECT_NE(output.err.find(fmt::format("(process {})", getpid())), std::string::npos) << output.err;
    expect_nothing_left();

    load(server + "replace-listener = yes\n");
    const App app("app", "127.0.0.1", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

}  // namespace
}  // namespace zdr::test
