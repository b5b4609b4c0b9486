// Soft drains: the drain port answers HAProxy's checks with 404, and HAProxy (http-check disable-on-404) is the judge.
// On this host and on another one.
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "remote_hosts.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/load.h"
#include "support/service.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kSoftChecks = "    option httpchk GET /health\n    http-check disable-on-404\n";
constexpr const char* kSoftUrl = "http://127.0.0.1:8080/";

std::string servers_checked_every(int inter) {
    std::string out;
    for (const char server : {'A', 'B'})
        out += fmt::format(
            "[server.web{}]\naddress = 10.9.0.1\nport = {}\nstatus-port = {}\ndrain-port = 4404\nbackend = srvs\n"
            "inter = {}ms\ncheck-uri = /health\n",
            server, 1000 + server - 'A', 2000 + server - 'A', inter);
    return out;
}

std::string lines_checked_every(int inter) {
    std::string out;
    for (const char server : {'A', 'B'})
        out += fmt::format("    server web{0} 10.9.0.1:{1} cookie {0} check port {2} inter {3}\n", server,
                           1000 + server - 'A', 2000 + server - 'A', inter);
    return out;
}

enum class At { kThisHost, kAnotherHost };

class SoftDrainTest : public RemoteTest {
  protected:
    // Two apps, and a HAProxy without twins.
    void start(At at, int inter = 100, const std::string& options = kSoftChecks) {
        at_ = at;
        load(servers_checked_every(inter));
        Service(sandbox().directory(), "webA", "10.9.0.1:1000");
        Service(sandbox().directory(), "webB", "10.9.0.1:1001");
        in_haproxys_host([&] {
            haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, options + lines_checked_every(inter));
        });
        for (const char* name : {"webA", "webB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
        ASSERT_TRUE(eventually([&] { return checker_of("webA").value("redirected_streak", 0) > 4; }));
    }
    // What listens on the drain port.
    void start_responder(const std::string& answer = "404") const {
        Service(sandbox().directory(), "responder", "10.9.0.1:4404", answer);
    }
    void stop_responder() const {
        std::ifstream file(sandbox().directory() + "/responder/pid");
        std::string pid;
        file >> pid;
        must_run({"kill", "-TERM", pid});
        ASSERT_TRUE(eventually([] { return connect_to("10.9.0.1", 4404).refusal() == "ECONNREFUSED"; }));
    }

    void in_haproxys_host(const std::function<void()>& function) const {
        at_ == At::kThisHost ? function() : client().run(function);
    }
    Output ctl(const Command& arguments) const { return run(zdr().ctl(arguments)); }
    Output ctl_with_haproxy(const Command& arguments) const {
        return ctl(arguments + Command{"--haproxy", sandbox().directory() + "/haproxy.sock"});
    }
    nlohmann::json status_of(const std::string& name) const {
        const auto status = nlohmann::json::parse(zdr().status());
        for (const auto& server : status["servers"])
            if (server["name"] == name) return server;
        return {};
    }
    nlohmann::json checker_of(const std::string& name) const {
        const auto checkers = status_of(name)["checkers"];
        return checkers.empty() ? nlohmann::json::object() : checkers[0];
    }
    std::unique_ptr<Load> start_clients(const std::string& cookie = "") const {
        std::unique_ptr<Load> out;
        in_haproxys_host([&] {
            out = std::make_unique<Load>(sandbox().directory(), kSoftUrl,
                                         LoadOptions{.connections = 40, .pause = 0ms, .header = cookie});
        });
        return out;
    }

    const Haproxy& haproxy() const { return *haproxy_; }

  private:
    At at_ = At::kThisHost;
    std::unique_ptr<Haproxy> haproxy_;
};

class SoftDrainAtTest : public SoftDrainTest, public testing::WithParamInterface<At> {};

INSTANTIATE_TEST_SUITE_P(HaproxyAt, SoftDrainAtTest, testing::Values(At::kThisHost, At::kAnotherHost),
                         [](const auto& one) { return one.param == At::kThisHost ? "ThisHost" : "AnotherHost"; });

TEST_P(SoftDrainAtTest, OneCheckTakesItOutAndOnePutsItBack) {
    start(GetParam(), 500);
    start_responder();

    for (int i = 0; i < 3; ++i) {
        const auto before = zdr().refused("webA");
        const Output drained = ctl({"drain", "webA"});
        EXPECT_EQ(drained.status, 0) << drained.err;
        EXPECT_EQ(haproxy().status("webA"), "NOLB") << i;
        EXPECT_EQ(haproxy().field("webA", "check_status"), "L7OKC");
        EXPECT_LE(zdr().refused("webA"), before + 2) << "fewer than fall";

        const Output ready = ctl({"ready", "webA"});
        EXPECT_EQ(ready.status, 0) << ready.err;
        EXPECT_EQ(haproxy().status("webA"), "UP") << i;
    }
    EXPECT_EQ(haproxy().field("webA", "chkfail"), "0");
    EXPECT_EQ(haproxy().field("webA", "chkdown"), "0");
}

TEST_P(SoftDrainAtTest, HaproxysOwnWordIsNolb) {
    start(GetParam());
    start_responder();

    for (int i = 0; i < 5; ++i) {
        const Output drained = ctl_with_haproxy({"drain", "webA"});
        EXPECT_EQ(drained.status, 0) << drained.err;
        EXPECT_EQ(haproxy().status("webA"), "NOLB") << i;
        const Output ready = ctl_with_haproxy({"ready", "webA"});
        EXPECT_EQ(ready.status, 0) << ready.err;
        EXPECT_EQ(haproxy().status("webA"), "UP") << i;
    }
}

TEST_P(SoftDrainAtTest, WhoHoldsItsCookieStaysAndOthersGoElsewhere) {
    start(GetParam());
    start_responder();
    const auto known = start_clients("Cookie: SRV=A");
    const auto strangers = start_clients();
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0 && haproxy().chosen("webB") > 0; }));

    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    const std::string balanced = haproxy().field("webA", "lbtot");
    const long of_a = haproxy().chosen("webA");
    const long of_b = haproxy().chosen("webB");
    EXPECT_TRUE(
        eventually([&] { return haproxy().chosen("webA") > of_a + 100 && haproxy().chosen("webB") > of_b + 100; }));
    EXPECT_EQ(haproxy().field("webA", "lbtot"), balanced) << "nobody new";
    EXPECT_EQ(haproxy().status("webA"), "NOLB");

    ASSERT_EQ(ctl({"ready", "webA"}).status, 0);
    EXPECT_TRUE(eventually([&] { return haproxy().field("webA", "lbtot") != balanced; })) << "it has come back";
    expect_no_failures(known->report());
    expect_no_failures(strangers->report());
}

TEST_P(SoftDrainAtTest, WithoutResponderChecksAreRefusedAndItIsSaid) {
    start(GetParam());

    const Output drained = ctl({"drain", "webA"});

    EXPECT_EQ(drained.status, 0) << drained.err;
    EXPECT_TRUE(contains(drained.err, "webA: nothing listens on its drain port 4404")) << drained.err;
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
    EXPECT_EQ(haproxy().field("webA", "check_status"), "L4CON");
}

TEST_P(SoftDrainAtTest, MaintAfterItRefuses) {
    start(GetParam());
    start_responder();
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    ASSERT_TRUE(eventually([&] { return checker_of("webA").value("refused_streak", 0) > 4; }));

    const Output maint = ctl({"maint", "webA"});

    EXPECT_EQ(maint.status, 0) << maint.err;
    EXPECT_EQ(haproxy().status("webA"), "DOWN");

    // A server that is down never becomes NOLB.
    const Output drained = ctl({"drain", "webA"});
    EXPECT_EQ(drained.status, 0) << drained.err;
    ASSERT_TRUE(eventually([&] { return haproxy().field("webA", "check_status") == "L7STS"; }));
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
    EXPECT_EQ(ctl({"wait", "webA", "--for", "drained"}).status, 0);
}

TEST_P(SoftDrainAtTest, WhatIsSaidStaysTrueWhenTheResponderGoesAndComesBack) {
    start(GetParam(), 300);
    start_responder();
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    ASSERT_EQ(haproxy().status("webA"), "NOLB");

    stop_responder();
    const Output gone = ctl({"wait", "webA", "--for", "drained"});
    EXPECT_EQ(gone.status, 0) << gone.err;
    EXPECT_NE(haproxy().status("webA"), "UP");
    EXPECT_TRUE(haproxy().shows("webA", "DOWN"));

    start_responder();
    const Output back = ctl({"wait", "webA", "--for", "drained"});
    EXPECT_EQ(back.status, 0) << back.err;
    EXPECT_EQ(haproxy().status("webA"), "DOWN") << "it is not NOLB before it was up";
    ASSERT_EQ(ctl({"ready", "webA"}).status, 0);
    EXPECT_EQ(haproxy().status("webA"), "UP");
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    EXPECT_EQ(haproxy().status("webA"), "NOLB");
}

TEST_P(SoftDrainAtTest, RestartMovesKnownClientsBeforeItsCommand) {
    start(GetParam());
    start_responder();
    const auto strangers = start_clients();
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0; }));

    const Output restarted = run(
        zdr().ctl({"restart", "webA", "webB"}) + Command{"--"} + Service::restart_command(sandbox().directory()), 2min);

    EXPECT_EQ(restarted.status, 0) << restarted.err;
    EXPECT_EQ(haproxy().field("webA", "chkdown"), "1") << "maint";
    for (const char* name : {"webA", "webB"}) EXPECT_EQ(haproxy().status(name), "UP");
    expect_no_failures(strangers->report());
}

TEST_F(SoftDrainTest, AnotherAnswerThan404RefusesTheCommand) {
    start(At::kThisHost);
    start_responder("200");

    for (const char* option : {"--no-wait", "--force"}) {
        const Output drained = ctl({"drain", "webA", option});
        EXPECT_EQ(drained.status, 1) << drained.err;
        EXPECT_TRUE(contains(drained.err, "/health of port 4404 answers 200")) << drained.err;
        EXPECT_TRUE(contains(drained.err, "zdrctl maint webA")) << drained.err;
    }
    const Output restarted = run(zdr().ctl({"restart", "webA"}) + Command{"--", "/bin/false"});
    EXPECT_EQ(restarted.status, 1);
    EXPECT_TRUE(contains(restarted.err, "/health of port 4404 answers 200")) << restarted.err;

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(ctl({"maint", "webA"}).status, 0);
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
}

TEST_F(SoftDrainTest, AnAnswerThatBecomesGoodIsNoDrain) {
    start(At::kThisHost);
    start_responder();
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    stop_responder();
    start_responder("200");
    ASSERT_TRUE(haproxy().shows("webA", "UP"));

    const Output waited = ctl({"wait", "webA", "--for", "drained", "--timeout", "2s"});

    EXPECT_EQ(waited.status, 4) << waited.err;
    EXPECT_TRUE(contains(waited.err, "/health of port 4404 answers 200")) << waited.err;
}

TEST_F(SoftDrainTest, TheLastServerIsNotDrained) {
    start(At::kThisHost);
    start_responder();
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);

    const Output last = ctl({"drain", "webB"});
    EXPECT_EQ(last.status, 5);
    EXPECT_TRUE(contains(last.err, "503")) << last.err;

    ASSERT_EQ(ctl({"drain", "webB", "--force"}).status, 0);
    EXPECT_EQ(haproxy().status("webB"), "NOLB");
}

// Only HAProxy can tell that there is no other one elsewhere.
TEST_F(SoftDrainTest, TheOnlyServerIsNotDrainedWhereHaproxyHasNoOther) {
    start(At::kThisHost);
    start_responder();
    ASSERT_EQ(ctl({"maint", "webB"}).status, 0);
    ASSERT_EQ(ctl({"remove", "webB", "--force"}).status, 0);

    const Output last = ctl_with_haproxy({"drain", "webA"});

    EXPECT_EQ(last.status, 5) << last.err;
    EXPECT_TRUE(contains(last.err, "503")) << last.err;
    EXPECT_EQ(haproxy().status("webA"), "UP");
}

TEST_F(SoftDrainTest, DoctorFindsWhatAnswersOtherwise) {
    start(At::kThisHost);
    EXPECT_TRUE(contains(ctl({"doctor"}).out, "id:  drain-port-silent"));

    start_responder("200");
    EXPECT_TRUE(contains(ctl({"doctor"}).out, "id:  drain-port-answers"));

    stop_responder();
    start_responder();
    const Output sound = ctl({"doctor", sandbox().directory() + "/haproxy.cfg"});
    EXPECT_FALSE(contains(sound.out, "drain-port")) << sound.out;
}

TEST_F(SoftDrainTest, AHaproxyThatTakes404ForAnythingElseIsNamed) {
    start(At::kThisHost, 100, "    option tcp-check\n");
    start_responder();

    const Output drained = ctl_with_haproxy({"drain", "webA", "--timeout", "2s"});

    EXPECT_EQ(drained.status, 4) << drained.err;
    EXPECT_TRUE(contains(drained.err, "srvs/webA UP")) << drained.err;
    EXPECT_TRUE(contains(drained.err, "disable-on-404")) << drained.err;
}

TEST_F(SoftDrainTest, ACheckerThatTakes404ForAFailureIsDownByHaproxysOwnWord) {
    start(At::kThisHost, 100, "    option httpchk GET /health\n");
    start_responder();

    const Output drained = ctl_with_haproxy({"drain", "webA"});

    EXPECT_EQ(drained.status, 0) << drained.err;
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
}

// What the package's zdr-drain.socket starts for each connection.
TEST_P(SoftDrainAtTest, ThePackagesResponderAnswers) {
    start(GetParam());
    const Process responder(
        {"busybox", "nc", "-ll", "-p", "4404", "-e", ZDR_SOURCE_DIR "/packaging/systemd/answer-404"});
    ASSERT_TRUE(eventually([] { return connect_to("10.9.0.1", 4404).error == 0; }));

    const Output drained = ctl({"drain", "webA"});

    EXPECT_EQ(drained.status, 0) << drained.err;
    EXPECT_EQ(haproxy().status("webA"), "NOLB");
    EXPECT_EQ(haproxy().field("webA", "check_status"), "L7OKC");
}

TEST_P(SoftDrainAtTest, AConnectionThatACheckerKeepsIsEnded) {
    start(GetParam());
    start_responder();
    if (access((sandbox().state_dir() + "/live/" ZDR_PIN_END_REFUSED).c_str(), F_OK) != 0)
        return;  // before Linux 6.5 they stay, as RemoteKeptTest has it
    Attempt kept;
    in_haproxys_host([&] { kept = connect_to("10.9.0.1", 2000); });
    ASSERT_EQ(kept.error, 0);

    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);

    ASSERT_TRUE(becomes_readable(kept.fd));
    char byte = 0;
    EXPECT_LE(recv(kept.fd.get(), &byte, 1, 0), 0);
    in_haproxys_host([&] {
        kept = connect_to("10.9.0.1", 2000);
        ASSERT_EQ(kept.error, 0);
        constexpr std::string_view kAsk = "GET /health HTTP/1.0\r\n\r\n";
        ASSERT_GT(send(kept.fd.get(), kAsk.data(), kAsk.size(), MSG_NOSIGNAL), 0);
        EXPECT_TRUE(read_all(kept.fd).starts_with("HTTP/1.1 404"));
    });
    // And one that is kept to the drain port ends when the server is ready.
    in_haproxys_host([&] { kept = connect_to("10.9.0.1", 2000); });
    ASSERT_EQ(kept.error, 0);
    ASSERT_EQ(ctl({"ready", "webA"}).status, 0);
    EXPECT_TRUE(becomes_readable(kept.fd));
    EXPECT_LE(recv(kept.fd.get(), &byte, 1, 0), 0);
}

}  // namespace
}  // namespace zdr::test
