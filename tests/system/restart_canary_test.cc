// zdrctl restart --canary: it stops after the first servers, until a person or the time says to go on.
#include <algorithm>
#include <csignal>

#include "restart_world.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

class RestartCanaryTest : public RestartTest {
  protected:
    // On a terminal where somebody types that as soon as he is asked, or a while later.
    Output run_on_terminal(const Command& command, const std::string& typed) const {
        std::string line;
        for (const std::string& word : command) line += "'" + word + "' ";
        const std::string said = sandbox().directory() + "/said";
        return run({"sh", "-c",
                    "{ until grep -q 'go on' $1; do sleep 0.1; done; echo $2; sleep 5; } 2>/dev/null |"
                    "script -qefc \"$0\" $1",
                    line, said, typed},
                   60s);
    }
};

TEST_F(RestartCanaryTest, GoesOnAfterThePause) {
    start();

    const Output output = run(restart({"webA", "webB", "--canary", "1", "--canary-pause", "1s"}), 60s);

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "webA: canary; it goes on after 1s")) << output.err;
    EXPECT_LT(output.err.find("webA: ready after"), output.err.find("webA: canary"));
    EXPECT_LT(output.err.find("webA: canary"), output.err.find("webB: drained"));
}

TEST_F(RestartCanaryTest, CanaryThatDiesStopsIt) {
    start();
    Process restarts(restart({"webA", "webB", "--canary", "1", "--canary-pause", "20s"}));
    ASSERT_TRUE(eventually([&] { return contains(restarts.standard_error(), "webA: canary"); }));

    ASSERT_EQ(run({"sh", "-c", "kill $(cat " + sandbox().directory() + "/webA/pid)"}).status, 0);

    const Output output = restarts.wait();
    EXPECT_EQ(output.status, 1);
    EXPECT_TRUE(contains(
        output.err, "webA: nothing accepts on port 1000 any more; restarted but not seen ready: webA; untouched: webB"))
        << output.err;
}

TEST_F(RestartCanaryTest, InterruptedInThePauseTheOthersAreUntouched) {
    start();
    Process restarts(restart({"webA", "webB", "--canary", "1", "--canary-pause", "20s"}));
    ASSERT_TRUE(eventually([&] { return contains(restarts.standard_error(), "webA: canary"); }));

    restarts.signal(SIGINT);

    const Output output = restarts.wait();
    EXPECT_NE(output.status, 0);
    EXPECT_TRUE(contains(output.err, "interrupted after the canary; ready: webA; untouched: webB")) << output.err;
    EXPECT_EQ(zdr().state("webB"), "ready");
}

TEST_F(RestartCanaryTest, AsksOnTheTerminal) {
    start();

    const Output yes = run_on_terminal(restart({"webA", "webB", "--canary", "1"}), "yes");
    EXPECT_EQ(yes.status, 0) << yes.out;
    EXPECT_TRUE(contains(yes.out, "webB: ready after")) << yes.out;

    ASSERT_EQ(run({"rm", sandbox().directory() + "/said"}).status, 0);
    const Output no = run_on_terminal(restart({"webA", "webB", "--canary", "1"}), "no");
    EXPECT_EQ(no.status, 1) << no.out;
    EXPECT_TRUE(contains(no.out, "stopped after the canary, as it was answered; ready: webA; untouched: webB"))
        << no.out;
}

TEST_F(RestartCanaryTest, BatchesEndWithTheCanary) {
    load(kTwoPortServers);

    const Output output =
        run(restart({"webA", "webB", "--force", "--batch", "2", "--canary", "1", "--canary-pause", "5m", "--dry-run"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.out, "1. webA\n")) << output.out;
    EXPECT_TRUE(contains(output.out, "   wait 5m\n2. webB\n")) << output.out;
}

TEST_F(RestartCanaryTest, NeedsATerminalOrATime) {
    load(kTwoPortServers);

    expect_refusal(run(Command{"setsid", "-w"} + restart({"webA", "webB", "--canary", "1"})), 2);
    expect_refusal(run(restart({"webA", "webB", "--canary-pause", "1s"})), 2);
    for (const char* number : {"0", "-1", "10%", "one"})
        expect_refusal(run(restart({"webA", "webB", "--canary", number, "--canary-pause", "1s"})), 2);
}

}  // namespace
}  // namespace zdr::test
