// zdrctl restart: no client notices it, whatever goes wrong is said and leaves nothing half done.
#include <algorithm>
#include <csignal>
#include <thread>

#include "restart_world.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/load.h"
#include "support/net.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUrl = "http://127.0.0.1:8080/";

TEST_F(RestartTest, TwentyUnderFullLoadFailNoRequest) {
    start();
    Load strangers(sandbox().directory(), kUrl, {.connections = 40, .pause = 0ms, .header = ""});
    Load known(sandbox().directory(), kUrl, {.connections = 40, .pause = 0ms, .header = "Cookie: SRV=A"});

    for (int i = 0; i < 20; ++i) {
        const Output output = run(restart({"webA", "webB"}), 120s);
        ASSERT_EQ(output.status, 0) << output.err;
    }

    expect_no_failures(strangers.report());
    expect_no_failures(known.report());
}

TEST_F(RestartTest, ClassicTwinsFailNoRequestOfNewClients) {
    start(
        "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackend = srvs\ninter = 100ms\n"
        "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\ninter = 100ms\n",
        "    option redispatch 1\n    retries 3\n"
        "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 100\n"
        "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 100\n"
        "    server bkpA 127.0.0.1:1000 cookie A check port 1000 inter 100 backup\n"
        "    server bkpB 127.0.0.1:1001 cookie B check port 1001 inter 100 backup\n");
    Load strangers(sandbox().directory(), kUrl, {.connections = 40, .pause = 0ms, .header = ""});

    for (int i = 0; i < 3; ++i) {
        const Output output = run(restart({"webA", "webB"}), 120s);
        ASSERT_EQ(output.status, 0) << output.err;
    }

    expect_no_failures(strangers.report());
}

TEST_F(RestartTest, SaysEachStepAndEndsReady) {
    start();

    const Output output = run(restart({"webA", "--reason", "release 42"}));

    ASSERT_EQ(output.status, 0) << output.err;
    for (const char* step : {"webA: drained after", " done after ", "webA: accepts again after", "webA: ready after"})
        EXPECT_TRUE(contains(output.err, step)) << step << "\n" << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(haproxy().status("webA"), "UP");
    EXPECT_EQ(haproxy().status("bkpA"), "UP");
}

TEST_F(RestartTest, DryRunChangesNothing) {
    load(kTwoPortServers);

    const Output output = run(restart_with({"webA", "webB", "--dry-run"}, {"touch", "{name}", "{address}:{port}"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.out, "touch webA 127.0.0.1:1000")) << output.out;
    EXPECT_TRUE(contains(output.out, "touch webB 127.0.0.1:1001")) << output.out;
    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(RestartTest, BatchThatEmptiesABackendIsRefusedBeforeAnythingChanges) {
    load(kTwoPortServers);
    const App a("webA", "127.0.0.1", 1000);
    const App b("webB", "127.0.0.1", 1001);

    const Output output = run(restart({"webA", "webB", "--batch", "100%"}));

    expect_refusal(output, 5);
    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(RestartTest, FailedCommandStopsTheRollAndLeavesTheServerOut) {
    start();

    const Output output = run(restart_with({"webA", "webB", "--ttl", "5s"}, {"sh", "-c", "exit 3"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_TRUE(contains(output.err, "exited 3")) << output.err;
    EXPECT_TRUE(contains(output.err, "; out: webA; untouched: webB; ")) << output.err;
    EXPECT_TRUE(contains(output.err, "zdrctl ready webA")) << output.err;
    EXPECT_EQ(zdr().state("webA"), "maint");
    EXPECT_TRUE(contains(zdr().status(), "\"expires\": null")) << "for good, not until the lease ends";
    EXPECT_EQ(zdr().state("webB"), "ready");
    EXPECT_EQ(run(restart({"webA"})).status, 0) << "and on it goes";
}

TEST_F(RestartTest, CommandThatIsNotThereIsAnError) {
    load(kTwoPortServers);

    for (const Command& command : {Command{"/nowhere/command"}, Command{"/nowhere/{name}"}, Command{"no-such-command"},
                                   Command{"/etc/passwd"}}) {
        const Output output = run(restart_with({"webA"}, command));
        expect_refusal(output, 1);
        EXPECT_TRUE(contains(output.err, "run /nowhere/command: No such file") ||
                    contains(output.err, "run /nowhere/webA: No such file") ||
                    contains(output.err, "run no-such-command: No such file in PATH (") ||
                    contains(output.err, "run /etc/passwd: not an executable file"))
            << output.err;
    }
    expect_refusal(run(restart(Command{"webA", "--rollback", "no-such-command {name}"})), 1);
    expect_refusal(run(restart(Command{"webA", "--ready-command", "no-such-command {name}"})), 1);
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_TRUE(contains(zdr().status(), "\"since\": null")) << "nothing was flipped";
}

TEST_F(RestartTest, HaproxyThatDoesNotAnswerIsFoundBeforeAnythingChanges) {
    load(kTwoPortServers);

    const Output output = run(restart({"webA", "--haproxy", sandbox().directory() + "/nobody.sock"}));

    expect_refusal(output, 1);
    EXPECT_TRUE(contains(output.err, "nobody.sock")) << output.err;
    EXPECT_TRUE(contains(zdr().status(), "\"since\": null")) << "nothing was flipped";
}

TEST_F(RestartTest, OldListenerIsNotTakenForTheNewApp) {
    start();

    const Output output = run(restart_with({"webA", "--timeout", "2s"}, {"true"}));

    EXPECT_EQ(output.status, 4);
    EXPECT_TRUE(contains(output.err, "no new listening socket on port 1000")) << output.err;
    EXPECT_TRUE(contains(output.err, "--keep-listener")) << output.err;

    const Output kept = run(restart_with({"webA", "--timeout", "2s", "--keep-listener"}, {"true"}));
    EXPECT_EQ(kept.status, 4);
    EXPECT_TRUE(contains(kept.err, "no process behind port 1000 has started since the command began")) << kept.err;
    EXPECT_TRUE(contains(kept.err, "(nginx)")) << kept.err;
    EXPECT_EQ(run(restart_with({"webA", "--keep-process"}, {"true"})).status, 0);
}

TEST_F(RestartTest, ACommandThatOnlyReloadsIsToldSoLongBeforeTheTimeout) {
    start();

    Process restarting(restart_with({"webA", "--timeout", "20m"}, {"true"}));

    EXPECT_TRUE(eventually([&] {
        return contains(restarting.standard_error(), "needs --keep-listener); waiting for a new one\n");
    })) << restarting.standard_error();
    restarting.signal(SIGINT);
    EXPECT_EQ(restarting.wait().status, 130);
}

TEST_F(RestartTest, StartThatFailedIsToldFromAnOldSocket) {
    start();
    const std::string pid = sandbox().directory() + "/webA/pid";

    const Output output = run(restart_with(
        {"webA", "--timeout", "1s"}, {"sh", "-c", "kill -QUIT $(cat $0); while [ -e $0 ]; do sleep 0.01; done", pid}));

    EXPECT_EQ(output.status, 4);
    EXPECT_TRUE(contains(output.err, "nothing listens on port 1000: the start failed")) << output.err;
    EXPECT_TRUE(contains(output.err, "; restarted but not seen ready: webA; webA stays out")) << output.err;
}

TEST_F(RestartTest, WaitsForTheReadyUrl) {
    start();
    const std::string files = sandbox().directory() + "/webA.conf";
    const std::string url = "http://{address}:{port}/health";
    ASSERT_EQ(run(restart({"webA", "--ready-url", url})).status, 0);

    ASSERT_EQ(run({"sed", "-i", "s/return 200;/return 503;/", files}).status, 0);
    const Output output = run(restart({"webA", "--ready-url", url, "--timeout", "2s"}));

    EXPECT_EQ(output.status, 4);
    EXPECT_TRUE(contains(output.err, "ready URL")) << output.err;
    EXPECT_NE(zdr().state("webA"), "ready");
}

TEST_F(RestartTest, SecondRestartOfAServerIsToldWhoHoldsIt) {
    start();
    Process first(restart_with({"webA"}, {"sleep", "2"}));
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") != "ready"; }));

    const Output second = run(restart({"webA"}));

    expect_refusal(second, 5);
    EXPECT_TRUE(contains(second.err, "webA is being restarted by root (process " + std::to_string(first.pid()) + ")"))
        << second.err;
    first.signal(SIGTERM);
    EXPECT_NE(first.wait().status, 0);
}

TEST_F(RestartTest, TwoRestartsThatWouldEmptyABackendDoNotBothPass) {
    start();
    for (int i = 0; i < 5; ++i) {
        Process a(restart({"webA"}));
        Process b(restart({"webB"}));

        const Output of_a = a.wait();
        const Output of_b = b.wait();

        EXPECT_TRUE((of_a.status == 0 && of_b.status == 5) || (of_a.status == 5 && of_b.status == 0))
            << of_a.err << of_b.err;
    }
}

TEST_F(RestartTest, FlipByAnotherStopsIt) {
    start();
    Process restarts(restart_with({"webA", "--ttl", "3s"}, {"sleep", "4"}));
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") == "maint"; }));

    flip("ready", "webA");

    const Output output = restarts.wait();
    EXPECT_EQ(output.status, 1);
    EXPECT_TRUE(contains(output.err, "webA was made ready by root meanwhile")) << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(RestartTest, InterruptEndsTheCommandAndLeavesTheServerOut) {
    start();
    Process restarts(restart_with({"webA"}, {"sleep", "1000"}));
    ASSERT_TRUE(eventually([&] {
        return contains(run({"cat", sandbox().cgroup() + "/cgroup.procs"}).out, "\n") &&
               zdr().state("webA") == "maint" && haproxy().status("bkpA") == "DOWN";
    }));

    restarts.signal(SIGINT);

    const Output output = restarts.wait();
    EXPECT_NE(output.status, 0);
    EXPECT_TRUE(contains(output.err, "interrupted")) << output.err;
    EXPECT_EQ(zdr().state("webA"), "maint");
}

// Killed at ten points from the first moment to the last.
TEST_F(RestartTest, KilledItLeavesALeaseThatEndsAndNothingElse) {
    start();
    for (int i = 0; i < 10; ++i) {
        SCOPED_TRACE(i);
        Process restarts(restart({"webA", "--ttl", "2s"}));
        // Guessed on purpose: each time another point.
        std::this_thread::sleep_for(150ms * i);
        restarts.signal(SIGKILL);
        restarts.wait();

        if (i % 2 == 0) {  // the lease ends by itself
            EXPECT_TRUE(eventually([&] { return zdr().state("webA") == "ready"; }, 4s));
        }
        Service::recover(sandbox().directory(), "webA");  // its command goes on, or never began
        ASSERT_TRUE(eventually([&] { return connect_to("127.0.0.1", 1000).error == 0; }));
        const Output again = run(restart({"webA"}));
        EXPECT_EQ(again.status, 0) << again.err;
    }
}

TEST_F(RestartTest, BadOptionsChangeNothing) {
    load(kTwoPortServers);

    for (const Command& options :
         {Command{"--batch", "0"}, Command{"--batch", "101%"}, Command{"--batch", "two"}, Command{"--on-busy", "wait"},
          Command{"--ready-url", "ftp://127.0.0.1/"}, Command{"--ready-url", "127.0.0.1"}})
        expect_refusal(run(restart(Command{"webA"} + options)), 2);
    expect_refusal(run(restart({"webX"})), 6);
    expect_refusal(run(zdr().ctl({"restart", "webA"})), 2);
    EXPECT_EQ(zdr().state("webA"), "ready");
}

}  // namespace
}  // namespace zdr::test
