// Who is waited for after a HAProxy was reloaded, restarted, or has ended. Judged by what becomes of the wait.
#include "zdr/model/replaced_checkers.h"

#include <vector>

#include "waiting_test.h"
#include "zdr/model/acknowledgement.h"

namespace zdr {
namespace {

// A HAProxy that was reloaded while it had the server down: its new process speaks, and nobody waits for the old one.
TEST_F(WaitingTest, WhoHasEndedIsNotWaitedForHoweverOftenItWasRefused) {
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kDrain);
    ask_often(3, ZDR_STATUS_PORT, 7);
    flip(State::kReady);
    ask_often(5, ZDR_STATUS_PORT, 8);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting) << "the old process may have it down";

    end(7);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
    server().checkers = {{.from = "haproxy", .is_local = true}};
    EXPECT_EQ(ready().verdict, Verdict::kReached);
    end(8);
    server().checkers = {{.from = "other", .is_local = true}};
    EXPECT_EQ(ready().verdict, Verdict::kWaiting) << "nobody of that name lives";
}

// The old process of a HAProxy that was reloaded may live as long as its clients.
TEST_F(WaitingTest, WhoWasReloadedIsNotWaitedForHoweverLongItLives) {
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kDrain);
    ask_often(3, ZDR_STATUS_PORT, 7);
    start(8);
    ask_often(1, ZDR_STATUS_PORT, 8);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting) << "the new process was refused once";
    ask_often(2, ZDR_STATUS_PORT, 8);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);

    flip(State::kReady);
    ask_often(3, ZDR_STATUS_PORT, 8);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// The old process of a HAProxy that was reloaded serves its last client, and checks nothing.
TEST_F(WaitingTest, ANamedCheckerIsReplacedByItsNewProcess) {
    server().checkers = {{"haproxy", true}};
    ask_often(5, ZDR_STATUS_PORT, 1);
    start(2);
    ask_often(5, ZDR_STATUS_PORT, 2);
    flip(State::kDrain);
    ask_often(3, ZDR_STATUS_PORT, 2);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

// Two HAProxys of one name, of which one pauses: the other's new process stands for that one alone.
TEST_F(WaitingTest, ANewProcessIsNotEveryones) {
    rounds_of({7, 8}, 5);
    flip(State::kDrain);
    rounds_of({7, 8}, 3);
    rounds_of({8}, 1);
    end(8);
    start(9);
    rounds_of({9}, 2);
    flip(State::kReady);
    rounds_of({9}, 3);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting) << "the first one has it down, and pauses";

    rounds_of({7, 9}, 3);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// Its first check says at once that the server is down, and it pauses then.
TEST_F(WaitingTest, ANewProcessThatSawItRefusedOnceIsWaitedFor) {
    const auto round = [&](__u32 pid) {
        pass(2000ms);
        ask("other");
        if (pid != 0) ask(kHaproxy, ZDR_STATUS_PORT, pid);
    };
    for (int i = 0; i < 5; ++i) round(7);
    flip(State::kDrain);
    for (int i = 0; i < 3; ++i) round(7);
    end(7);
    start(8);
    round(8);
    round(0);
    flip(State::kReady);
    for (int i = 0; i < 3; ++i) round(0);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);

    for (int i = 0; i < 3; ++i) round(8);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// Processes that asked once each are one entry, and none that was reloaded.
TEST_F(WaitingTest, ManyReloadsLeaveNobodyToWaitFor) {
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kDrain);
    ask_often(3, ZDR_STATUS_PORT, 7);
    for (const __u32 pid : {8U, 9U, 10U}) {
        start(pid);
        pass(300ms);
        ask(kHaproxy, ZDR_STATUS_PORT, pid);
    }
    ask_often(3, ZDR_STATUS_PORT, 10);
    flip(State::kReady);
    ask_often(9, ZDR_STATUS_PORT, 10);

    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// A HAProxy that reads a large configuration for long: until it is done, the old process goes on.
TEST_F(WaitingTest, WhoWasToldToTakeOverDoesSoHoweverLateItIs) {
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kDrain);
    start(8, {7});
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kReady);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);

    ask_often(3, ZDR_STATUS_PORT, 8);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, WhoWasToldToTakeOverDoesSoWithinADrain) {
    server().downinter = 60s;
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kDrain);
    ask_often(1, ZDR_STATUS_PORT, 7);
    start(8, {7});
    ask_often(3, ZDR_STATUS_PORT, 8);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

// Each was told of the one before it alone, and the first still serves a client.
TEST_F(WaitingTest, ARowOfReloadsLeavesNobodyToWaitForThoughOneBetweenHasEnded) {
    ask_often(5, ZDR_STATUS_PORT, 7);
    flip(State::kDrain);
    ask_often(3, ZDR_STATUS_PORT, 7);
    for (const int asks : {1, 4}) {
        const auto before = static_cast<__u32>(asks == 1 ? 7 : 9);
        start(before + 1, {before});
        ask_often(asks, ZDR_STATUS_PORT, before + 1);
        end(before + 1);
        start(before + 2, {before + 1});
        ask_often(3, ZDR_STATUS_PORT, before + 2);
    }
    flip(State::kReady);
    ask_often(3, ZDR_STATUS_PORT, 11);

    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// Another HAProxy of that name, which pauses, asked beside the one that has ended.
TEST_F(WaitingTest, WhoAskedBesideOneThatHasEndedIsNotOfItsRow) {
    rounds_of({7, 8}, 5);
    flip(State::kDrain);
    rounds_of({7, 8}, 3);
    rounds_of({8}, 3);
    end(8);
    start(9, {8});
    rounds_of({9}, 3);
    flip(State::kReady);
    rounds_of({9}, 3);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);
}

// It may not come up, and then the old one goes on.
TEST_F(WaitingTest, WhoWasToldToTakeOverDoesNotBeforeItAsks) {
    server().inter = 10s;
    ask_often(5, ZDR_STATUS_PORT, 7);
    ask_often(5, ZDR_STATUS_PORT, 9);
    flip(State::kDrain);
    ask_often(1, ZDR_STATUS_PORT, 7);
    start(8, {7});
    ask_often(3, ZDR_STATUS_PORT, 9);
    pass(200ms);
    ASSERT_EQ(drained().missing.size(), 1U);
    EXPECT_EQ(drained().missing[0].checker.pid, 7U);
}

// The old process may not be allowed to be told.
TEST_F(WaitingTest, WhoGoesOnAskingWasNotReplaced) {
    ask_often(5, ZDR_STATUS_PORT, 7);
    start(8, {7});
    ask_often(5, ZDR_STATUS_PORT, 8);
    flip(State::kDrain);
    ask_often(1, ZDR_STATUS_PORT, 7);
    for (int i = 0; i < 3; ++i) ask(kHaproxy, ZDR_STATUS_PORT, 8);
    pass(300ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
}

}  // namespace
}  // namespace zdr
