// When a flip has reached everyone who checks.
#include "zdr/model/acknowledgement.h"

#include <string>
#include <vector>

#include "waiting_test.h"

namespace zdr {
namespace {

TEST_F(WaitingTest, DrainedOnceRefusedFallTimes) {
    rounds(5);
    flip(State::kDrain);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(2);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    ASSERT_EQ(drained().missing.size(), 1u);
    EXPECT_EQ(drained().missing[0].checker.from, "haproxy");
    EXPECT_EQ(drained().missing[0].streak, 2u);
    EXPECT_EQ(drained().missing[0].needed, 3u);

    rounds(1);
    pass(250ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_EQ(drained().reached, 1u);
}

TEST_F(WaitingTest, GivesTheCheckerTimeToReact) {
    rounds(5);
    flip(State::kDrain);
    rounds(3);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    pass(199ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    pass(1ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, ReactionIsHalfAShortInterval) {
    rounds(10, 100ms);
    flip(State::kDrain);
    rounds(3, 100ms);

    pass(49ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    pass(1ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, FallIsTheServersOwn) {
    server().fall = 1;
    rounds(5);
    flip(State::kDrain);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(1);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, ReadyOnceRedirectedRiseTimes) {
    rounds(5);
    flip(State::kDrain);
    rounds(5);
    flip(State::kReady);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);

    rounds(1);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);
    EXPECT_EQ(ready().missing.at(0).needed, 2u);
    rounds(1);
    pass(200ms);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, EachCheckerCounts) {
    for (int i = 0; i < 5; ++i) {
        rounds(1, 1000ms, "haproxy");
        rounds(1, 1000ms, "other");
    }
    flip(State::kDrain);
    for (int i = 0; i < 4; ++i) rounds(1, 1000ms, "haproxy");
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    ASSERT_EQ(drained().missing.size(), 1u);
    EXPECT_EQ(drained().missing[0].checker.from, "other");
    EXPECT_EQ(drained().reached, 1u);
}

TEST_F(WaitingTest, WhoFellSilentNoLongerCounts) {
    for (int i = 0; i < 5; ++i) {
        rounds(1, 1000ms, "haproxy");
        rounds(1, 1000ms, "other");
    }
    flip(State::kDrain);
    rounds(5, 1000ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(1, 1000ms);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, SaysThatNobodyAsksAfterThreeIntervals) {
    flip(State::kDrain);
    pass(6000ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    pass(1ms);
    EXPECT_EQ(drained().verdict, Verdict::kNoCheckers);
}

TEST_F(WaitingTest, AllOfThemSilentIsNobody) {
    rounds(5);
    flip(State::kDrain);
    rounds(1);
    pass(6001ms);

    EXPECT_EQ(drained().verdict, Verdict::kNoCheckers);
}

TEST_F(WaitingTest, InDrainTheBackupStatusPortIsNotWaitedFor) {
    rounds_of_both(5);
    flip(State::kDrain);
    rounds_of_both(3);
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_EQ(drained().reached, 1u);
}

TEST_F(WaitingTest, InMaintBothPortsAreWaitedFor) {
    rounds_of_both(5);
    flip(State::kDrain);
    rounds(1);
    ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    rounds(1);
    ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    flip(State::kMaint);
    rounds_of_both(2);
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    ASSERT_EQ(drained().missing.size(), 1u);
    EXPECT_TRUE(drained().missing[0].checker.is_backup);
    ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, AnotherStateLeadsNowhere) {
    rounds(5);
    EXPECT_EQ(drained().verdict, Verdict::kOtherState);

    flip(State::kDrain);
    EXPECT_EQ(ready().verdict, Verdict::kOtherState);
    flip(State::kMaint);
    EXPECT_EQ(ready().verdict, Verdict::kOtherState);
    EXPECT_NE(drained().verdict, Verdict::kOtherState);
}

TEST_F(WaitingTest, WhoCameAfterTheFlipIsAStrangerUntilItsThirdAsk) {
    server().fall = 5;
    rounds(5);
    flip(State::kDrain);
    for (int i = 0; i < 2; ++i) {
        rounds(1, 1000ms);
        rounds(1, 1000ms, "new");
    }
    ASSERT_EQ(drained().missing.size(), 1u);

    rounds(1, 1000ms, "new");
    EXPECT_EQ(drained().missing.size(), 2u);
}

TEST_F(WaitingTest, FloodOfStrangersHoldsUpNobody) {
    rounds(5);
    flip(State::kDrain);
    for (int i = 0; i < 3; ++i) {
        rounds(1);
        for (int j = 0; j < 1000; ++j) ask("s" + std::to_string(1000 * i + j));
    }
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, OnceDrainedRefusalsBeforeAShortReadinessDoNotCount) {
    rounds(5);
    flip(State::kDrain);
    rounds(3);
    flip(State::kReady);
    rounds(1);
    flip(State::kDrain);
    rounds(2);
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    rounds(1);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, TooManyCheckersToTellIsNotReached) {
    for (int i = 0; i < 5; ++i) {
        pass(2000ms);
        for (std::size_t j = 0; j < kAllEntries; ++j) ask("c" + std::to_string(j));
    }
    flip(State::kDrain);
    for (int i = 0; i < 4; ++i) {
        pass(2000ms);
        for (std::size_t j = 0; j < kAllEntries; ++j) ask("c" + std::to_string(j));
        ask("one more");
    }

    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    EXPECT_TRUE(drained().missing.empty());
    EXPECT_EQ(drained().reached, kAllEntries);
}

// What a look costs and what a checker notices set the pause: 5 to 250 ms, and between these an eighth of the shortest
// interval among those that are waited for.
TEST_F(WaitingTest, LooksSeldomEnoughToCostNothingAndOftenEnoughToNotice) {
    const struct {
        milliseconds inter;
        milliseconds pause;
    } cases[] = {{30s, 250ms},  {2000ms, 250ms}, {1600ms, 200ms}, {800ms, 100ms},
                 {160ms, 20ms}, {40ms, 5ms},     {20ms, 5ms}};
    for (const auto& one : cases) {
        flip(State::kReady);
        server().inter = one.inter;
        rounds(5, one.inter, "every " + std::to_string(one.inter.count()));
        flip(State::kDrain);

        EXPECT_EQ(drained().missing.size(), 1U) << one.inter.count();
        EXPECT_EQ(drained().pause, one.pause) << one.inter.count();
        pass(1h);  // the next is the only one that still asks
    }
}

TEST_F(WaitingTest, LooksAsOftenAsTheFastestNeedsIt) {
    for (int i = 0; i < 5; ++i) {
        rounds(2, 400ms, "fast");
        ask("slow");
    }
    flip(State::kDrain);

    EXPECT_EQ(drained().missing.size(), 2U);
    EXPECT_EQ(drained().pause, 50ms);
}

TEST_F(WaitingTest, LooksSeldomWhenNobodyIsMissing) {
    rounds(5, 400ms);
    flip(State::kDrain);
    rounds(3, 400ms);
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_EQ(drained().pause, 250ms);
}

class SoftWaitingTest : public WaitingTest {
  protected:
    SoftWaitingTest() {
        server().drain_port = Port(4404);
        server().backup_status_port.reset();
        with_responder(true);
    }
};

TEST_F(SoftWaitingTest, OneAnswerOfTheDrainPortIsEnough) {
    rounds(5);
    flip(State::kDrain);
    ASSERT_EQ(drained().missing.size(), 1u);
    EXPECT_EQ(drained().missing[0].needed, 1u);

    rounds(1);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting) << "it has not reacted yet";
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_TRUE(drained().is_soft);
}

TEST_F(SoftWaitingTest, WithoutAnswerEachOfFallIsNeeded) {
    with_responder(false);
    rounds(5);
    flip(State::kDrain);
    rounds(2);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(1);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_FALSE(drained().is_soft);
}

TEST_F(SoftWaitingTest, MaintNeedsRefusalsOfItsOwn) {
    rounds(5);
    flip(State::kDrain);
    rounds(10);
    flip(State::kMaint);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    rounds(2);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(1);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_FALSE(drained().is_soft);
}

TEST_F(SoftWaitingTest, ServerThatIsDownIsDrained) {
    rounds(5);
    flip(State::kMaint);
    rounds(3);

    flip(State::kDrain);
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_FALSE(drained().is_soft);
    rounds(1);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(SoftWaitingTest, EachLineOfOneHaproxyNeedsAnAnswer) {
    server().checks = 2;
    rounds(5);
    flip(State::kDrain);
    rounds(1);
    pass(1999ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(1, 1ms);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(SoftWaitingTest, WithoutDrainPortAnswersAreNone) {
    rounds(5);
    flip(State::kDrain);
    rounds(5);

    server().drain_port.reset();

    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
}

}  // namespace
}  // namespace zdr
