// The last words of a restart: what has become of each server and each process, whatever ended it.
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "restart_world.h"
#include "support/deadline.h"
#include "support/net.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class RestartOutcomeTest : public RestartTest {
  protected:
    std::string file(const std::string& name) const { return sandbox().directory() + "/" + name; }
    std::string content(const std::string& name) const {
        std::stringstream out;
        out << std::ifstream(file(name)).rdbuf();
        return out.str();
    }
    bool exists(const std::string& name) const { return std::ifstream(file(name)).good(); }
    // restart --json with a line of sh as its command, in the sandbox's directory.
    Command restart_by(const std::string& line, const Command& names_and_options) const {
        return restart_with(names_and_options + Command{"--json"},
                            {"sh", "-c", "cd " + sandbox().directory() + "; " + line});
    }
};

// "webA:ready webB:out"
std::string results(const Output& output) {
    const json last = last_event(output);
    if (!last.contains("results")) return output.out;
    std::string out;
    for (const json& one : last["results"])
        out += (out.empty() ? "" : " ") + one["name"].get<std::string>() + ":" + one["result"].get<std::string>();
    return out;
}

TEST_F(RestartOutcomeTest, AllIsWell) {
    start();

    const Output output = run(restart({"webA", "webB", "--json"}), 60s);

    EXPECT_EQ(output.status, 0) << output.err;
    const json last = last_event(output);
    EXPECT_EQ(last["event"], "end");
    EXPECT_EQ(last["error"], json());
    EXPECT_EQ(last["results"], json::parse(R"([{"name": "webA", "result": "ready", "rolled_back": false},
        {"name": "webB", "result": "ready", "rolled_back": false}])"));
}

TEST_F(RestartOutcomeTest, WhatTheCommandWritesIsNoneOfTheEvents) {
    start();

    const Output output = run(restart_by("echo words; false", {"webA", "webB"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_TRUE(contains(output.err, "words\n")) << output.err;
    EXPECT_EQ(results(output), "webA:out webB:untouched") << output.out;
    const std::string error = last_event(output)["error"];
    EXPECT_TRUE(contains(output.err, error)) << output.err;
}

TEST_F(RestartOutcomeTest, AReaderOfEventsThatGoesAwayStopsNoRestart) {
    start();
    const Command command = restart_with({"webA", "webB", "--json", "--keep-process"},
                                         {"sh", "-c", "echo $1 >>$0/ran", sandbox().directory(), "{name}"});

    const Output output =
        run(Command{"bash", "-c", "\"$@\" | head -n 1; exit ${PIPESTATUS[0]}", "bash"} + command, 60s);

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_EQ(events(output).size(), 1U) << output.out;
    EXPECT_EQ(content("ran"), "webA\nwebB\n") << output.err;
    EXPECT_EQ(zdr().state("webB"), "ready");
}

TEST_F(RestartOutcomeTest, WhatIsRefusedIsUntouched) {
    load(kTwoPortServers);

    const Output output = run(restart_with({"webA", "webB", "--json"}, {"no-such-command"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_EQ(results(output), "webA:untouched webB:untouched") << output.out;
}

TEST_F(RestartOutcomeTest, InterruptedInTheWaitForReadyItIsRestarted) {
    start(std::string(kTwoPortServers) + "rise = 60000\n");  // of webB, so that its wait does not end

    Process restarts(restart({"webA", "webB", "--json"}));
    ASSERT_TRUE(eventually([&] { return contains(restarts.standard_error(), "webB: accepts again"); }));
    ASSERT_TRUE(eventually([&] { return zdr().state("webB") == "ready"; }));
    restarts.signal(SIGINT);

    const Output output = restarts.wait();
    EXPECT_NE(output.status, 0);
    EXPECT_EQ(results(output), "webA:ready webB:restarted") << output.out;
    EXPECT_TRUE(contains(output.err, "; ready: webA; restarted but not seen ready: webB")) << output.err;
}

TEST_F(RestartOutcomeTest, TimedOutInTheDrainItIsOutAndUntouchedBefore) {
    start(
        "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\n"
        "inter = 100ms\nfall = 60000\n" +
        std::string(kTwoPortServers.substr(kTwoPortServers.find("[server.webB]"))));

    const Output output = run(restart({"webA", "webB", "--timeout", "1s", "--json"}));

    EXPECT_EQ(output.status, 4);
    EXPECT_EQ(results(output), "webA:out webB:untouched") << output.out;
}

// In one batch, one comes up and one does not.
TEST_F(RestartOutcomeTest, OthersOfABatchAreTakenBack) {
    start();
    const std::string restart_one = Service::restart_command(sandbox().directory(), "webA")[5];

    const Output output =
        run(restart_with({"webA", "webB", "--batch", "2", "--force", "--json"},
                         {"sh", "-c", "[ $1 = webA ] || exit 3; " + restart_one, sandbox().directory(), "{name}"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_EQ(results(output), "webA:ready webB:out") << output.out << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(zdr().state("webB"), "maint");
}

TEST_F(RestartOutcomeTest, FailedRollbackIsSaid) {
    start();

    const Output output =
        run(restart_with({"webA", "webB", "--rollback", "echo back {name} {port}; exit 7"}, {"false"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_TRUE(contains(output.out, "back webA 1000\n")) << output.out;
    EXPECT_TRUE(contains(output.err, "webA: false exited 1; its rollback failed: ")) << output.err;
    EXPECT_TRUE(contains(output.err, "exited 7; out: webA; untouched: webB; webA stays out")) << output.err;
}

TEST_F(RestartOutcomeTest, ReadyCommandSaysWhenTheNewAppIsReady) {
    start();
    const std::string line = "cd " + sandbox().directory() + "; echo {name}:{port} >>asked; " +
                             "[ $(wc -l <asked) -ge 3 ] || { echo no such version; exit 9; }";

    ASSERT_EQ(run(restart({"webA", "--ready-command", line})).status, 0);
    EXPECT_EQ(content("asked"), "webA:1000\nwebA:1000\nwebA:1000\n");

    const Output output = run(restart({"webA", "--timeout", "1s", "--ready-command", "echo no such version; exit 9"}));
    EXPECT_EQ(output.status, 4);
    EXPECT_TRUE(
        contains(output.err, "the ready command exited 9 (no such version); restarted but not seen ready: webA"))
        << output.err;
}

TEST_F(RestartOutcomeTest, InterruptReachesTheCommandOnceAndNotWhatItHasStarted) {
    start();
    Process restarts(
        restart_by("trap 'echo got it >>signals; exit 0' TERM; sleep 1000 & echo $! >started; "
                   "while :; do wait; done",
                   {"webA", "webB"}));
    ASSERT_TRUE(eventually([&] { return contains(content("started"), "\n"); }));

    restarts.signal(SIGTERM);

    const Output output = restarts.wait();
    EXPECT_EQ(content("signals"), "got it\n");
    EXPECT_EQ(run({"kill", "-0", content("started").substr(0, content("started").find('\n'))}).status, 0);
    EXPECT_TRUE(contains(output.err, "interrupted while ")) << output.err;
    EXPECT_EQ(results(output), "webA:restarted webB:untouched") << "it exited 0";
}

TEST_F(RestartOutcomeTest, SecondInterruptDoesNotWaitForTheCommand) {
    start();
    Process restarts(restart_by("trap '' TERM; echo x >started; sleep 1000; sleep 1000", {"webA"}));
    ASSERT_TRUE(eventually([&] { return contains(content("started"), "\n"); }));

    restarts.signal(SIGTERM);
    ASSERT_FALSE(eventually([&] { return !restarts.is_running(); }, 300ms)) << "it has a while to end";
    restarts.signal(SIGTERM);

    const Output output = restarts.wait(5s);
    EXPECT_TRUE(contains(output.err, "still runs (process ")) << output.err;
    EXPECT_EQ(results(output), "webA:out") << output.out;
}

TEST_F(RestartOutcomeTest, WhoKeepsTheOutputOpenIsNamed) {
    start();
    const std::string restarts = Service::restart_command(sandbox().directory(), "webA")[5];
    const Command command = restart_with(
        {"webA"}, {"sh", "-c", restarts + "; sleep 1000 & echo $! >$0/left", sandbox().directory(), "webA"});

    // Who reads what it says is somebody else, who waits for the sleep, too.
    const std::string agent = "mkfifo $0/pipe; cat $0/pipe >$0/said & \"$@\" >$0/pipe 2>&1; echo $? >$0/status";
    const Output output = run(Command{"sh", "-c", agent, sandbox().directory()} + command);

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(content("status"), "0\n") << content("said");
    const std::string left = content("left").substr(0, content("left").find('\n'));
    EXPECT_TRUE(contains(content("said"), "process " + left + ", which the command has started, keeps the output"))
        << content("said");
}

// sudo asks for a password on the terminal, from a process group that is not the terminal's.
TEST_F(RestartOutcomeTest, CommandThatReadsFromTheTerminalGetsIt) {
    start();
    std::string line;
    for (const std::string& word : restart_with(
             {"webA", "--keep-process"}, {"sh", "-c", "'read word </dev/tty; echo $word >" + file("word") + "'"}))
        line += word + " ";

    const Output output =
        run({"sh", "-c", "{ sleep 2; echo secret; sleep 3; } | script -qec \"$0\" /dev/null", line}, 30s);

    EXPECT_EQ(output.status, 0) << output.out << output.err;
    EXPECT_EQ(content("word"), "secret\n") << output.out;
}

}  // namespace
}  // namespace zdr::test
