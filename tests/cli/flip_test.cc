// zdrctl drain, maint and ready over a real table.
#include "zdr/model/flip.h"

#include <gtest/gtest.h>

#include <random>

#include "table_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

class FlipTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) add_three();
    }
};

TEST_F(FlipTest, RecordsTheStateWhoAndWhy) {
    const auto before = boot_now();

    EXPECT_EQ(flip({"drain", "webA", "--reason", "release 42"}), 0);

    const Flip flip = flip_of(0);
    EXPECT_EQ(flip.state, State::kDrain);
    EXPECT_EQ(flip.by, "deploy");
    EXPECT_EQ(flip.uid, 1000u);
    EXPECT_EQ(flip.reason, "release 42");
    EXPECT_FALSE(flip.expires_boot);
    EXPECT_GE(flip.since_boot, before);
    EXPECT_LE(flip.since_boot, boot_now());
    EXPECT_GT(flip.since_unix, 1'700'000'000s);
    EXPECT_EQ(env.out_text, "");
    EXPECT_EQ(env.err_text, "webA: drain (was ready)\n");
}

TEST_F(FlipTest, EveryStateFollowsEveryOther) {
    for (const std::string from : {"ready", "drain", "maint"}) {
        for (const std::string to : {"ready", "drain", "maint"}) {
            ASSERT_EQ(flip({from, "lone"}), 0);

            EXPECT_EQ(flip({to, "lone"}), 0);

            EXPECT_EQ(state_of(2), to);
            EXPECT_EQ(env.err_text,
                      from == to ? "lone: already " + to + "\n" : "lone: " + to + " (was " + from + ")\n");
        }
    }
}

// A walk through all states by all commands: each is legal everywhere, and doing it again changes nothing.
TEST_F(FlipTest, EveryWalkThroughTheStatesIsLegalAndEachStepIdempotent) {
    std::minstd_rand random(42);
    const std::vector<std::string> words = {"ready", "drain", "maint"};
    const std::vector<std::vector<std::string>> extras = {{}, {"--ttl", "1h"}, {"--reason", "why"}, {"--force"}};
    for (int i = 0; i < 500; ++i) {
        const std::string& word = words[random() % words.size()];
        const auto& extra = extras[word == "ready" ? 0 : random() % extras.size()];
        std::vector<std::string> step = {word, "lone"};
        step.insert(step.end(), extra.begin(), extra.end());
        SCOPED_TRACE(testing::Message() << "step " << i << ": " << word);

        ASSERT_EQ(flip(step), 0) << env.err_text;

        ASSERT_EQ(state_of(2), word);
        ASSERT_EQ(flip({word, "lone", "--reason", "again"}), 0) << env.err_text;
        ASSERT_EQ(state_of(2), word);
        const Flip settled = flip_of(2);
        ASSERT_EQ(flip({word, "lone"}), 0) << env.err_text;
        ASSERT_EQ(flip_of(2).since_boot, settled.since_boot);
        ASSERT_EQ(flip_of(2).reason, settled.reason);
    }
}

TEST_F(FlipTest, AgainKeepsTheFirstRecord) {
    flip({"drain", "webA", "--reason", "release 42"});
    const Flip first = flip_of(0);
    env.who = {1001, "other"};

    EXPECT_EQ(flip({"drain", "webA"}), 0);

    EXPECT_EQ(flip_of(0).since_boot, first.since_boot);
    EXPECT_EQ(flip_of(0).by, "deploy");
    EXPECT_EQ(flip_of(0).reason, "release 42");
    EXPECT_EQ(env.err_text, "webA: already drain\n");
}

TEST_F(FlipTest, AgainWithAReasonMakesANewRecord) {
    flip({"drain", "webA", "--reason", "release 42"});
    const Flip first = flip_of(0);
    env.who = {1001, "other"};

    EXPECT_EQ(flip({"drain", "webA", "--reason", ""}), 0);

    EXPECT_GT(flip_of(0).since_boot, first.since_boot);
    EXPECT_EQ(flip_of(0).by, "other");
    EXPECT_EQ(flip_of(0).reason, "");
}

TEST_F(FlipTest, ReadyOfAServerThatWasNeverFlippedWritesNothing) {
    EXPECT_EQ(flip({"ready", "webA"}), 0);

    EXPECT_FALSE(table->state(0));
}

TEST_F(FlipTest, QuietSaysNothing) {
    EXPECT_EQ(flip({"-q", "drain", "webA"}), 0);
    EXPECT_EQ(env.err_text, "");
}

TEST_F(FlipTest, NoWaitTakesATimeOutAllTheSame) {
    EXPECT_EQ(run({"drain", "webA", "--no-wait", "--timeout", "60s"}), 0);
    EXPECT_EQ(flip({"ready", "webA", "--timeout", "500ms"}), 0);
    EXPECT_EQ(state_of(0), "ready");
}

TEST_F(FlipTest, LongestReasonFits) {
    const std::string longest(ZDR_REASON_SIZE - 1, 'x');

    EXPECT_EQ(flip({"drain", "webA", "--reason", longest}), 0);

    EXPECT_EQ(flip_of(0).reason, longest);
}

TEST_F(FlipTest, ABadReasonChangesNothing) {
    for (const std::string& reason :
         {std::string(ZDR_REASON_SIZE, 'x'), std::string("a\x1b[31m"), std::string("a\nb")}) {
        EXPECT_EQ(flip({"drain", "webA", "--reason", reason}), 2);
        EXPECT_FALSE(table->state(0));
    }
}

TEST_F(FlipTest, LeaseEndsAfterItsTime) {
    for (const auto& [text, time] : std::vector<std::pair<std::string, std::chrono::nanoseconds>>{
             {"1s", 1s}, {"1500ms", 1500ms}, {"15m", 15min}, {"24d", 24 * 24h}}) {
        EXPECT_EQ(flip({"drain", "webA", "--ttl", text}), 0);

        ASSERT_TRUE(flip_of(0).expires_boot) << text;
        const auto lease = *flip_of(0).expires_boot - flip_of(0).since_boot;
        EXPECT_GE(lease, time) << text;
        EXPECT_LT(lease - time, 1ms) << text;
    }
    EXPECT_EQ(flip({"maint", "webA", "--ttl", "2h"}), 0);
    EXPECT_EQ(env.err_text, "webA: maint for 2h (was drain)\n");
}

TEST_F(FlipTest, AgainWithoutALeaseMakesADrainForGood) {
    flip({"drain", "webA", "--ttl", "15m", "--reason", "release 42"});

    EXPECT_EQ(flip({"drain", "webA"}), 0);

    EXPECT_FALSE(flip_of(0).expires_boot);
    EXPECT_EQ(env.err_text, "webA: drain again, with a new record\n");
}

TEST_F(FlipTest, ReadyEndsALeaseAndLeavesAnExpiredOneAlone) {
    flip({"drain", "webA", "--ttl", "15m"});
    EXPECT_EQ(flip({"ready", "webA"}), 0);
    EXPECT_EQ(flip_of(0).state, State::kReady);
    EXPECT_FALSE(flip_of(0).expires_boot);

    Flip expired = *make_flip(State::kDrain, 7, "other", "");
    expired.expires_boot = boot_now() - 1s;
    ASSERT_TRUE(table->set_flip(0, expired));
    EXPECT_EQ(flip({"ready", "webA"}), 0);
    EXPECT_EQ(env.err_text, "webA: already ready\n");
    EXPECT_EQ(flip_of(0).by, "other");
}

TEST_F(FlipTest, AnExpiredDrainIsDrainedAnew) {
    Flip expired = *make_flip(State::kDrain, 7, "other", "");
    expired.expires_boot = boot_now() - 1s;
    ASSERT_TRUE(table->set_flip(2, expired));

    EXPECT_EQ(flip({"drain", "lone"}), 0);

    EXPECT_EQ(env.err_text, "lone: drain (was ready)\n");
    EXPECT_EQ(state_of(2), "drain");
}

TEST_F(FlipTest, SeveralNamesAreFlippedEachOnce) {
    EXPECT_EQ(flip({"drain", "lone", "webA", "lone"}), 0);

    EXPECT_EQ(env.err_text, "lone: drain (was ready)\nwebA: drain (was ready)\n");
    EXPECT_EQ(state_of(0) + state_of(1) + state_of(2), "drainreadydrain");
}

TEST_F(FlipTest, OneUnknownNameChangesNothing) {
    EXPECT_EQ(flip({"drain", "webA", "webX", "lone"}), 6);

    EXPECT_EQ(env.err_text, "zdrctl: drain webA, webX, lone: unknown server webX; zdr has lone, webA, webB\n");
    for (const std::uint32_t slot : {0u, 1u, 2u}) EXPECT_FALSE(table->state(slot));
}

TEST_F(FlipTest, OddNamesAreEscapedAndCut) {
    EXPECT_EQ(flip({"drain", "\x1b[31mwebA"}), 6);
    EXPECT_NE(env.err_text.find("\"\\x1b[31mwebA\""), std::string::npos) << env.err_text;

    EXPECT_EQ(flip({"drain", std::string(100'000, 'x')}), 6);
    EXPECT_LT(env.err_text.size(), 400u);

    EXPECT_EQ(flip({"drain", ""}), 6);
    EXPECT_EQ(run({"drain", "--no-wait", "--", "-webA"}), 6);
    EXPECT_EQ(flip({"drain", std::string(63, 'n')}), 6);
    EXPECT_EQ(flip({"drain", std::string(64, 'n')}), 6);
}

TEST_F(FlipTest, ANameThatBeginsWithADashFollowsTheDashes) {
    ASSERT_TRUE(table->add(make_server("-q", "", 1003)));

    EXPECT_EQ(run({"drain", "--no-wait", "--", "-q"}), 0);

    EXPECT_EQ(state_of(3), "drain");
    EXPECT_EQ(env.err_text, "-q: drain (was ready)\n");
}

TEST_F(FlipTest, WhatCannotBeWrittenWholeIsPutBack) {
    create({.most_states = 2});  // the kernel refuses the third state
    add_three();
    ASSERT_EQ(flip({"maint", "webA", "--reason", "first"}), 0);
    const Flip first = flip_of(0);

    EXPECT_EQ(flip({"drain", "--force", "webA", "webB", "lone"}), 1);

    EXPECT_NE(env.err_text.find("zdrctl: drain webA, webB, lone: lone: write "), std::string::npos) << env.err_text;
    EXPECT_EQ(flip_of(0).state, State::kMaint);
    EXPECT_EQ(flip_of(0).reason, "first");
    EXPECT_EQ(flip_of(0).since_boot, first.since_boot);
    EXPECT_EQ(state_of(1), "ready");
    EXPECT_EQ(flip_of(1).since_boot.count(), 0) << "as one that was never flipped";
}

TEST_F(FlipTest, AHostileRecordIsReplacedLikeAnyOther) {
    zdr_state hostile;
    std::memset(&hostile, 0xff, sizeof hostile);
    zdr_flip flip_record;
    std::memset(&flip_record, 0xff, sizeof flip_record);
    ASSERT_TRUE(table->set_flip(0, hostile, flip_record));

    EXPECT_EQ(flip({"drain", "webA"}), 0);

    EXPECT_EQ(state_of(0), "drain");
    EXPECT_EQ(flip_of(0).by, "deploy");
}

TEST_F(FlipTest, ALongOrOddUserNameIsCutAndHarmless) {
    env.who = {1000, std::string(40, 'u') + "\x1b[31m"};
    EXPECT_EQ(flip({"drain", "webA"}), 0);
    EXPECT_EQ(flip_of(0).by, std::string(ZDR_BY_SIZE - 1, 'u'));
}

}  // namespace
}  // namespace zdr::test
