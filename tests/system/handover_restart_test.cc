// restart --handover: the new instance comes up beside the old one, gets its traffic, and the old one ends. Whatever
// fails on the way, and whenever zdrctl is killed, one of them serves.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "handover_world.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// start PORT [TEXT]: an nginx on both addresses, which answers "at PORT", and to /health with TEXT ("200" by default).
constexpr const char* kStart = R"(#!/bin/sh
d=$(dirname "$0"); p=$1; f=$d/at$p; mkdir -p "$f"
echo "start $p" >>"$d/runs"
cat >"$f.conf" <<E
daemon on; user root; worker_processes 1; pid $f/pid; error_log $f/log;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path $f; proxy_temp_path $f; fastcgi_temp_path $f; uwsgi_temp_path $f;
scgi_temp_path $f;
server { listen 10.9.0.1:$p; listen [fd09::1]:$p; location / { return 200 "at $p\n"; }
location /health { return ${2:-200}; } } }
E
exec nginx -e "$f/log" -c "$f.conf"
)";
// stop PORT: lets what runs end.
constexpr const char* kStop = R"(#!/bin/sh
f=$(dirname "$0")/at$1; echo "stop $1" >>"$(dirname "$0")/runs"
[ -e "$f/pid" ] || exit 0
nginx -e "$f/log" -c "$f.conf" -s quit; while [ -e "$f/pid" ]; do sleep 0.01; done
)";

class HandoverRestartTest : public HandoverTest {
  protected:
    void SetUp() override {
        HandoverTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        write_script("start", kStart);
        write_script("stop", kStop);
    }

    void write_script(const std::string& name, const std::string& text) const {
        std::ofstream(path(name)) << text;
        std::filesystem::permissions(path(name), std::filesystem::perms::owner_all);
    }
    std::string path(const std::string& name) const { return sandbox().directory() + "/" + name; }
    // "start {port}"
    std::string line(const std::string& script) const { return path(script) + " {port}"; }
    std::string start_line(const std::string& more = "") const { return line("start") + more + " >/dev/null 2>&1"; }

    Command restart(const Command& options, const std::string& start, const std::string& stop) const {
        return zdr().ctl(Command{"restart", "webA", "--handover", "--start", start, "--stop", stop} + options);
    }
    Command restart(const Command& options = {}) const { return restart(options, start_line(), line("stop")); }
    // One whose sessions nobody waits for, and that need not be checked.
    Command quick(const Command& options = {}) const {
        return restart(Command{"--unchecked", "--idle-timeout", "1ms"} + options);
    }

    // The first instance, on the app port, of a server with these keys more.
    void start_server(const std::string& more = "") const {
        load(std::string(kHandoverWebA) + more);
        must_run({path("start"), "1000"});
        std::filesystem::remove(path("runs"));
    }

    // Which scripts have run since: "start 21000, stop 1000".
    std::string runs() const {
        std::ifstream file(path("runs"));
        std::string out;
        for (std::string run; std::getline(file, run);) out += (out.empty() ? "" : ", ") + run;
        return out;
    }
    // Who answers on the app port: "at 1000", or the name of an error.
    std::string who() const {
        const Output output = run({"curl", "-sS", "--max-time", "5", "http://10.9.0.1:1000/"});
        return output.status == 0 ? output.out.substr(0, output.out.find('\n')) : output.err;
    }
    // The steps of restart --json, and what became of webA: "begin start-begun ... end: ready".
    static std::string steps(const Output& output) {
        std::string out;
        std::istringstream lines(output.out);
        for (std::string text; std::getline(lines, text);) {
            const auto event = nlohmann::json::parse(text);
            out += (out.empty() ? "" : " ") + event["event"].get<std::string>();
            if (event["event"] == "end") out += ": " + event["results"][0]["result"].get<std::string>();
        }
        return out;
    }
    void TearDown() override {
        if (!IsSkipped())
            for (const auto& entry : std::filesystem::directory_iterator(sandbox().directory()))
                if (entry.path().extension() == ".conf" && entry.path().filename().string().starts_with("at"))
                    (void)run({"nginx", "-e", "stderr", "-c", entry.path(), "-s", "stop"});
        HandoverTest::TearDown();
    }
};

TEST_F(HandoverRestartTest, TheNewInstanceTakesOverAndTheOldOneEnds) {
    start_server("check-uri = /health\n");
    const auto haproxy = start_haproxy(kSides[0]);
    ASSERT_EQ(who(), "at 1000");

    const Output output = run(restart({"--json"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(steps(output),
              "begin start-begun start-ended app-up handed-over arrived idle stop-begun stop-ended end: ready");
    EXPECT_EQ(runs(), "start 21000, stop 1000");
    EXPECT_EQ(who(), "at 21000");
    EXPECT_EQ(active_port(), 21000);
    ASSERT_EQ(run(restart()).status, 0);
    EXPECT_EQ(runs(), "start 21000, stop 1000, start 21001, stop 21000");
    EXPECT_EQ(who(), "at 21001");
    expect_always_up(*haproxy);
}

// The classic way: {port} is the active instance's, and that one is looked at.
TEST_F(HandoverRestartTest, ARestartWithoutHandoverIsOfTheActiveInstance) {
    start_server();
    ASSERT_EQ(run(quick()).status, 0);
    ASSERT_EQ(who(), "at 21000");

    const Output output = run(zdr().ctl({"restart", "webA", "--force", "--unchecked", "--idle-timeout", "1ms"}) +
                              Command{"--", "sh", "-c", path("stop") + " {port}; " + start_line()});

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(runs(), "start 21000, stop 1000, stop 21000, start 21000");
    EXPECT_EQ(who(), "at 21000");
}

class HandoverRollTest : public HandoverRestartTest, public testing::WithParamInterface<Side> {};

INSTANTIATE_TEST_SUITE_P(From, HandoverRollTest, testing::ValuesIn(kSides), name_of_side);

// nginx closes connections that are idle when it ends, and a request may be on its way: where HAProxy has used the
// connection before, no retry-on helps against a reset. So it is told to keep none.
TEST_P(HandoverRollTest, FiveRestartsUnderFullLoadFailNoRequest) {
    start_server();
    const auto haproxy = start_haproxy(GetParam(), "    option http-server-close\n");
    const auto keeping = start_clients(GetParam(), {.connections = 40, .pause = 0ms});
    const auto closing = start_clients(GetParam(), {.connections = 40, .pause = 0ms, .header = "Connection: close"});
    ASSERT_TRUE(eventually([&] { return haproxy->chosen("webA") > 1000; }));

    for (int i = 0; i < 5; ++i) {
        const Output output = run(restart({"--idle-timeout", "500ms"}));
        ASSERT_EQ(output.status, 0) << output.err;
    }

    EXPECT_EQ(active_port(), 21004);
    EXPECT_EQ(sessions_at(21003), 0) << "the old one has ended";
    expect_always_up(*haproxy);
    expect_no_failures(keeping->report());
    expect_no_failures(closing->report());
}

TEST_F(HandoverRestartTest, AStartThatFailsChangesNothing) {
    start_server();

    const Output output = run(restart({"--unchecked", "--json"}, line("start") + "; exit 3", line("stop")));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "exited 3")) << output.err;
    EXPECT_EQ(steps(output), "begin start-begun start-ended failed stop-begun stop-ended end: untouched");
    EXPECT_EQ(runs(), "start 21000, stop 21000");
    EXPECT_EQ(who(), "at 1000");
    EXPECT_EQ(active_port(), 1000);
    EXPECT_NE(connect_to("10.9.0.1", 21000).refusal(), "");
}

TEST_F(HandoverRestartTest, AnAppThatNeverListensChangesNothing) {
    start_server();

    const Output output = run(restart({"--unchecked", "--timeout", "500ms"}, "true", line("stop")));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "timed out after 500ms: nothing listens on port 21000")) << output.err;
    EXPECT_EQ(runs(), "stop 21000");
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, AnAppThatIsSickGetsNoTraffic) {
    start_server("check-uri = /health\n");

    const Output output = run(restart({"--unchecked", "--timeout", "500ms"}, start_line(" 503"), line("stop")));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "/health of port 21000 answers 503")) << output.err;
    EXPECT_EQ(runs(), "start 21000, stop 21000");
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, AReadyUrlAndAReadyCommandAreAskedOfTheNewPort) {
    start_server();

    const Output output = run(quick({"--ready-url", "http://{address}:{port}/health", "--ready-command",
                                     "curl -s http://{address}:{port}/ | grep -q 'at {port}'"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(who(), "at 21000");
}

TEST_F(HandoverRestartTest, AStartThatDoesNotEndIsGivenUp) {
    start_server();

    const Output output = run(restart({"--unchecked", "--timeout", "500ms"}, "exec sleep 20", line("stop")));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "--start has to end once the app is started")) << output.err;
    EXPECT_EQ(runs(), "stop 21000");
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, APortThatSomebodyElseTakesIsLeftForAnotherOne) {
    start_server();
    // Whoever is quicker than the first start, and stays.
    write_script("raced",
                 "#!/bin/sh\nd=$(dirname $0)\n[ -e $d/squatted ] && exec $d/start $1\n"
                 "touch $d/squatted; $d/start $1; mv $d/at$1 $d/squatter\nexit 1\n");

    const Output output = run(restart({"--unchecked"}, line("raced") + " >/dev/null 2>&1", line("stop")));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "port 21000 is somebody else's; another port is tried")) << output.err;
    EXPECT_EQ(who(), "at 21001");
    EXPECT_EQ(runs(), "start 21000, stop 21000, start 21001, stop 1000");
}

TEST_F(HandoverRestartTest, PortsThatAreTakenAreNotTried) {
    start_server("[server.webB]\naddress = 10.9.0.1\nport = 21010\nstatus-port = 2001\n");
    const App listens("somebody", "::", 21000);
    const Attempt to = listen_on("10.9.0.1", 5000);
    const Attempt outgoing = bind_to("10.9.0.1", 21001);  // as the kernel gives a port to a connection
    ASSERT_EQ(connect(outgoing.fd.get(), Place("10.9.0.1", 5000).address(), Place("10.9.0.1", 5000).size()), 0);

    const Output output = run(quick());

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(runs(), "start 21002, stop 1000");
}

TEST_F(HandoverRestartTest, WhatListensBesideIsNamedAndLeftAlone) {
    start_server();
    const App stray("stray", "::", 21007);

    const Output output = run(quick());

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "webA: something listens on port 21007 too (process ")) << output.err;
    EXPECT_EQ(ask("10.9.0.1", 21007), "stray");
    EXPECT_EQ(runs(), "start 21000, stop 1000");
}

TEST_F(HandoverRestartTest, AServerWithoutARangeIsRefusedBeforeAnythingStarts) {
    start_server("[server.webB]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\n");

    const Output output = run(zdr().ctl(
        {"restart", "webA", "webB", "--handover", "--unchecked", "--start", start_line(), "--stop", line("stop")}));

    expect_refusal(output, 2);
    EXPECT_TRUE(contains(output.err, "webB has no handover-ports")) << output.err;
    EXPECT_EQ(runs(), "");
}

TEST_F(HandoverRestartTest, WhereNobodyChecksNothingStarts) {
    start_server();

    const Output output = run(restart());

    EXPECT_EQ(output.status, 5) << output.err;
    EXPECT_TRUE(contains(output.err, "--unchecked")) << output.err;
    EXPECT_EQ(runs(), "");
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, WhereNothingArrivesItIsLedBack) {
    start_server();
    const auto haproxy = start_haproxy(kSides[2]);
    const std::string silence = "kill -STOP " + std::to_string(haproxy->pid()) + "; ";

    const Output output = run(restart({"--timeout", "1s"}, silence + start_line(), line("stop")));
    ASSERT_EQ(kill(haproxy->pid(), SIGCONT), 0);

    EXPECT_EQ(output.status, 4) << output.err;
    EXPECT_TRUE(contains(output.err, "no connection arrived at port 21000 within 1s, so it was led back"))
        << output.err;
    EXPECT_EQ(runs(), "start 21000, stop 21000");
    EXPECT_EQ(active_port(), 1000);
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, ADrainedServerStaysSoAndNoConnectionIsWaitedFor) {
    start_server();
    flip("drain", "webA");

    const Output output = run(restart());

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(who(), "at 21000");
}

TEST_F(HandoverRestartTest, ServersOfOneRangeGetPortsOfTheirOwn) {
    start_server("[server.webB]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\nhandover-ports = 21000-21009\n");
    must_run({path("start"), "1001"});
    std::filesystem::remove(path("runs"));

    const Output output = run(zdr().ctl({"restart", "webA", "webB", "--batch", "2", "--handover", "--unchecked",
                                         "--start", start_line(), "--stop", line("stop")}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(who(), "at 21000");
    EXPECT_EQ(run({"curl", "-sS", "http://10.9.0.1:1001/"}).out, "at 21001\n");
}

TEST_F(HandoverRestartTest, TheCanaryIsLookedAtWhereItsAppIsNow) {
    start_server("[server.webB]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\nhandover-ports = 21010-21019\n");
    must_run({path("start"), "1001"});
    const auto roll = [&](const std::string& start) {
        return run(zdr().ctl({"restart", "webA", "webB", "--canary", "1", "--canary-pause", "300ms", "--handover",
                              "--unchecked", "--idle-timeout", "1ms", "--start", start, "--stop", line("stop")}));
    };

    const Output good = roll(start_line());
    // It dies while it is looked at.
    const Output bad = roll(start_line() + "; (sleep 0.2; " + line("stop") + ") >/dev/null 2>&1 &");

    EXPECT_EQ(good.status, 0) << good.err;
    EXPECT_EQ(bad.status, 1) << bad.err;
    EXPECT_TRUE(contains(bad.err, "nothing accepts on port 21001 any more")) << bad.err;
    EXPECT_TRUE(contains(bad.err, "untouched: webB")) << bad.err;
}

TEST_F(HandoverRestartTest, ARollbackIsRunWhereTheNewInstanceDoesNotComeUp) {
    start_server();

    const Output output =
        run(restart({"--unchecked", "--rollback", "echo back {port} >>" + path("runs")}, "exit 3", line("stop")));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "it was rolled back")) << output.err;
    EXPECT_EQ(runs(), "stop 21000, back 1000");
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, ASessionOfTheOldInstanceIsWaitedForAndTheNewOneServesMeanwhile) {
    start_server();
    // A request that does not end: it is active as long as its client sends.
    const Attempt session = connect_client("10.9.0.1", 1000);
    const std::string begin = "GET / HTTP/1.1\r\nX: ";
    ASSERT_GT(send(session.fd.get(), begin.data(), begin.size(), MSG_NOSIGNAL), 0);
    Process working(restart({"--unchecked"}));

    ASSERT_TRUE(eventually([&] {
        (void)!send(session.fd.get(), "x", 1, MSG_NOSIGNAL);
        return active_port() == 21000;
    }));
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(send(session.fd.get(), "x", 1, MSG_NOSIGNAL), 1);
        EXPECT_TRUE(working.is_running());
        EXPECT_EQ(who(), "at 21000");
        EXPECT_EQ(connect_to("10.9.0.1", 1000).refusal(), "");
        EXPECT_FALSE(contains(runs(), "stop")) << runs();
    }
    shutdown(session.fd.get(), SHUT_WR);

    const Output output = working.wait();
    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "webA: port 1000 is idle after ")) << output.err;
}

TEST_F(HandoverRestartTest, ABusyOldInstanceIsLeftWhereThatIsAsked) {
    start_server();
    const Attempt session = connect_client("10.9.0.1", 1000);
    ASSERT_EQ(send(session.fd.get(), "GET", 3, MSG_NOSIGNAL), 3);

    const Output output = run(restart({"--unchecked", "--idle-timeout", "100ms", "--on-busy", "fail"}));

    EXPECT_EQ(output.status, 4) << output.err;
    EXPECT_TRUE(contains(output.err, "the new instance of webA serves, and the old one is left on port 1000: "))
        << output.err;
    EXPECT_EQ(runs(), "start 21000");
    EXPECT_EQ(who(), "at 21000");
}

TEST_F(HandoverRestartTest, AnInterruptStopsWhatWasStarted) {
    start_server();
    Process working(restart({"--unchecked", "--ready-command", "false"}));
    ASSERT_TRUE(eventually([&] { return contains(working.standard_error(), "done after"); }));

    working.signal(SIGINT);

    const Output output = working.wait();
    EXPECT_EQ(output.status, 130) << output.err;
    EXPECT_EQ(runs(), "start 21000, stop 21000");
    EXPECT_EQ(who(), "at 1000");
}

TEST_F(HandoverRestartTest, WhoIsLedElsewhereMeanwhileIsLeftThere) {
    start_server();
    const App other("other", "::", 21005);

    const Output output = run(restart({"--unchecked"},
                                      start_line() + "; " + ZdrPrograms::ctl_path() + " handover webA --to 21005 " +
                                          "--no-wait --state-dir " + sandbox().state_dir(),
                                      line("stop")));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "webA was led to port 21005 by root meanwhile")) << output.err;
    EXPECT_EQ(runs(), "start 21000, stop 21000");
    EXPECT_EQ(active_port(), 21005);
}

// Killed at a step: what serves then, and what the next restart finds and says.
class HandoverKilledTest : public HandoverRestartTest {
  protected:
    void kill_when(const Command& command, const std::function<bool()>& is_there) const {
        Process working(command);
        ASSERT_TRUE(eventually(is_there)) << working.standard_error();
        ASSERT_TRUE(working.is_running());
        working.signal(SIGKILL);
        (void)working.wait();
    }
    // The next restart works, and names what was left at that port.
    void expect_next_names(std::uint16_t left) const {
        const Output output = run(quick());
        EXPECT_EQ(output.status, 0) << output.err;
        EXPECT_TRUE(contains(output.err, "something listens on port " + std::to_string(left) + " too (process "))
            << output.err;
        EXPECT_EQ(who(), "at " + std::to_string(active_port()));
        EXPECT_EQ(connect_to("10.9.0.1", left).refusal(), "") << "it is left alone";
    }
};

TEST_F(HandoverKilledTest, WhileItStarts) {
    start_server();

    kill_when(restart({"--unchecked"}, start_line() + "; exec sleep 20", line("stop")),
              [&] { return connect_to("10.9.0.1", 21000).refusal().empty(); });

    EXPECT_EQ(who(), "at 1000");
    expect_next_names(21000);
}

TEST_F(HandoverKilledTest, WhileTheNewInstanceIsNotReady) {
    start_server();

    kill_when(restart({"--unchecked", "--ready-command", "false"}),
              [&] { return connect_to("10.9.0.1", 21000).refusal().empty(); });

    EXPECT_EQ(who(), "at 1000");
    expect_next_names(21000);
}

TEST_F(HandoverKilledTest, WhileNothingHasArrived) {
    start_server();
    const auto haproxy = start_haproxy(kSides[2]);
    const std::string silence = "kill -STOP " + std::to_string(haproxy->pid()) + "; ";

    kill_when(restart({}, silence + start_line(), line("stop")), [&] { return active_port() == 21000; });
    ASSERT_EQ(kill(haproxy->pid(), SIGCONT), 0);

    EXPECT_EQ(who(), "at 21000");
    const Output output = run(quick());
    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "something listens on port 1000 too (process ")) << output.err;
    EXPECT_EQ(runs(), "start 21000, start 21001, stop 21000");
}

TEST_F(HandoverKilledTest, WhileTheOldInstanceIsBusy) {
    start_server();
    const Attempt session = connect_client("10.9.0.1", 1000);
    ASSERT_EQ(send(session.fd.get(), "GET", 3, MSG_NOSIGNAL), 3);

    kill_when(restart({"--unchecked"}), [&] { return active_port() == 21000; });

    EXPECT_EQ(who(), "at 21000");
    expect_next_names(1000);
}

TEST_F(HandoverKilledTest, WhileTheOldInstanceEnds) {
    start_server();

    kill_when(restart({"--unchecked"}, start_line(), line("stop") + "; exec sleep 20"),
              [&] { return contains(runs(), "stop 1000"); });

    EXPECT_EQ(who(), "at 21000");
    const Output output = run(quick());
    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(who(), "at 21001");
}

}  // namespace
}  // namespace zdr::test
