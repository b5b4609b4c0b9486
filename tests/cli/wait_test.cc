// Waiting over a real table, with a made-up clock: time passes only while zdrctl pauses.
#include <gtest/gtest.h>

#include <cstring>

#include "support/decide.h"
#include "table_test.h"
#include "zdr_checkers.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

class WaitCommandTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (!table) return;
        add_three();
        env.frames = 1'000'000;
        env.when = zdr::Now{1h, 1'800'000'000s};
    }

    // A check of webA by haproxy, now.
    void ask() {
        zdr_check check{};
        std::memcpy(check.from, "haproxy", 7);
        const auto state = table->state(0);
        const auto now = static_cast<__u64>(env.when->boot.count());
        const __u32 verdict = verdict_on(ZDR_STATUS_PORT, state ? &*state : nullptr, now);
        ASSERT_EQ(zdr_note_in(checks_.checkers, ZDR_CHECKERS, &check, verdict, now, ZDR_COST_ANY), ZDR_NOTED);
        zdr_count_check(&checks_, verdict);
        ASSERT_TRUE(table->set_checks(0, checks_));
    }
    // haproxy asks webA every 2 s from now on.
    void check_regularly() {
        for (int i = 0; i < 5; ++i) {
            ask();
            env.when->boot += 2s;
        }
        ask();
        env.while_paused = [this, next = env.when->boot + 2s]() mutable {
            if (env.when->boot < next) return;
            next += 2s;
            ask();
        };
    }

  private:
    zdr_checks checks_{};
};

TEST_F(WaitCommandTest, DrainEndsAfterThreeRefusals) {
    check_regularly();
    const auto began = env.when->boot;

    EXPECT_EQ(run({"drain", "webA"}), 0) << env.err_text;

    EXPECT_GE(env.when->boot - began, 4s);
    EXPECT_LE(env.when->boot - began, 7s);
    EXPECT_NE(env.err_text.find("webA: drained after"), std::string::npos) << env.err_text;
}

TEST_F(WaitCommandTest, WhereNobodyAsksNothingIsFlipped) {
    const auto began = env.when->boot;

    EXPECT_EQ(run({"drain", "webA"}), 5);

    EXPECT_GE(env.when->boot - began, 6s) << "a first check may come";
    EXPECT_LE(env.when->boot - began, 7s);
    EXPECT_NE(env.err_text.find("nobody has checked webA; "), std::string::npos) << env.err_text;
    EXPECT_FALSE(table->state(0));
}

TEST_F(WaitCommandTest, FirstCheckIsWaitedFor) {
    env.while_paused = [this, next = env.when->boot + 5s]() mutable {
        if (env.when->boot < next) return;
        next += 2s;
        ask();
    };

    EXPECT_EQ(run({"drain", "webA"}), 0) << env.err_text;
    EXPECT_NE(env.err_text.find("webA: drained after"), std::string::npos) << env.err_text;
}

// There is no app here: checks that reach none are not seen, and refusals are.
TEST_F(WaitCommandTest, ServerWhoseAppIsDownIsDrainedAllTheSame) {
    check_regularly();
    env.when->boot += 8min;

    EXPECT_EQ(run({"drain", "webA"}), 0) << env.err_text;

    EXPECT_NE(env.err_text.find("webA: drained after"), std::string::npos) << env.err_text;
}

TEST_F(WaitCommandTest, UncheckedGoesOnWithoutAnAcknowledgement) {
    EXPECT_EQ(run({"drain", "webA", "--unchecked"}), 0);

    EXPECT_EQ(env.err_text,
              "webA: drain (was ready)\nwebA: nobody checks it, so nothing tells whether it is drained\n");
    EXPECT_EQ(state_of(0), "drain");
}

TEST_F(WaitCommandTest, CheckerThatFallsSilentIsToldAsWhatItIs) {
    check_regularly();
    env.while_paused = {};

    EXPECT_EQ(run({"drain", "webA", "--timeout", "20s"}), 4);

    EXPECT_NE(env.err_text.find("webA is not drained yet: haproxy, which has not asked for 20s"), std::string::npos)
        << env.err_text;
    EXPECT_EQ(state_of(0), "drain");
}

TEST_F(WaitCommandTest, TimeOutExits4AndNamesWhoIsMissing) {
    check_regularly();
    const auto began = env.when->boot;

    EXPECT_EQ(run({"drain", "webA", "--timeout", "3s"}), 4);

    EXPECT_EQ(env.when->boot - began, 3s);
    EXPECT_NE(env.err_text.find("timed out after 3s; webA is not drained yet: haproxy was refused 1 of 3 times"),
              std::string::npos)
        << env.err_text;
    EXPECT_EQ(state_of(0), "drain");
}

TEST_F(WaitCommandTest, TerminalShowsWhoIsMissingMeanwhile) {
    env.is_terminal = true;
    check_regularly();

    EXPECT_EQ(run({"drain", "webA"}), 0);

    EXPECT_NE(env.err_text.find("webA is not drained yet, about 3s more: haproxy was refused 2 of 3 times\r\r\x1b[2K"),
              std::string::npos)
        << env.err_text;
    EXPECT_NE(env.err_text.find("\r\x1b[2KwebA: drained after"), std::string::npos) << env.err_text;
}

TEST_F(WaitCommandTest, ADumbTerminalIsToldOnlyTheSteps) {
    env.is_terminal = true;
    env.variables["TERM"] = "dumb";
    check_regularly();

    EXPECT_EQ(run({"drain", "webA"}), 0);

    EXPECT_EQ(env.err_text.find_first_of("\r\x1b"), std::string::npos) << env.err_text;
}

TEST_F(WaitCommandTest, NoLineOfProgressIsWiderThanTheWindow) {
    env.is_terminal = true;
    env.size = {.columns = 40, .lines = 24};
    check_regularly();

    EXPECT_EQ(run({"drain", "webA"}), 0);

    EXPECT_NE(env.err_text.find("webA is not drained yet, about 3s mo...\r"), std::string::npos) << env.err_text;
}

TEST_F(WaitCommandTest, StatusOfAServerShowsItsCheckers) {
    ask();

    EXPECT_EQ(run({"status", "webA"}), 0);

    EXPECT_NE(env.out_text.find("webA  2000  haproxy  -         0ms ago  redirected once"), std::string::npos)
        << env.out_text;
}

TEST_F(WaitCommandTest, LeaseThatEndsFirstIsAnError) {
    env.when = ctl::ProcessEnv().now();  // the table's end is of the real clock
    check_regularly();

    EXPECT_EQ(run({"drain", "webA", "--ttl", "2s"}), 1);

    EXPECT_NE(env.err_text.find("the time given to webA is over"), std::string::npos) << env.err_text;
}

TEST_F(WaitCommandTest, AllServersAreWaitedForAtOnce) {
    const auto began = env.when->boot;

    EXPECT_EQ(run({"drain", "webA", "lone", "--unchecked"}), 0);

    EXPECT_LE(env.when->boot - began, 7s);
}

TEST_F(WaitCommandTest, TheJournalIsToldOfEachFlipOnce) {
    EXPECT_EQ(run({"drain", "webA", "--unchecked", "--reason", "release \"42\""}), 0);
    ASSERT_EQ(env.journal_lines.size(), 1u);
    EXPECT_EQ(env.journal_lines[0], "server=webA from=ready to=drain by=deploy uid=1000 reason=\"release \\\"42\\\"\"");

    EXPECT_EQ(run({"drain", "webA", "--unchecked"}), 0);
    EXPECT_TRUE(env.journal_lines.empty());
}

TEST_F(WaitCommandTest, BadSocketOfHaproxyChangesNothing) {
    EXPECT_EQ(run({"drain", "webA", "--haproxy", "nonsense"}), 2);
    EXPECT_FALSE(table->state(0));
}

}  // namespace
}  // namespace zdr::test
