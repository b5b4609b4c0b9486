// Whose answer a wait needs, and how many: processes of one name, who asks seldom, who has several streams of checks,
// and who is asked itself. Judged by what becomes of the wait.
#include <string>
#include <vector>

#include "waiting_test.h"
#include "zdr/model/acknowledgement.h"

namespace zdr {
namespace {

// HAProxy's own word is asked beside; here it is enough that no check of before the flip is under way any more.
TEST_F(WaitingTest, WhoAnswersForItselfNeedsOneAnswerOnEachStream) {
    with_answers();
    server().checks = 2;
    rounds(5);
    flip(State::kDrain);
    rounds(1);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    EXPECT_EQ(drained().missing.at(0).needed, 2U);

    rounds(1);
    EXPECT_EQ(drained().verdict, Verdict::kReached);

    flip(State::kReady);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);
    rounds(2);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// Four looks at a drained port are no checker that has it down.
TEST_F(WaitingTest, WhoOnlySawItRefusedIsNotWaitedForOnceItIsSilent) {
    rounds(5);
    flip(State::kDrain);
    for (int i = 0; i < 4; ++i) {
        pass(1000ms);
        ask("10.9.9.3");
    }
    rounds(4);
    flip(State::kReady);
    rounds(3);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, WhoAnswersForItselfIsNoPasserByHoweverSeldomItAsks) {
    with_answers();
    rounds(5, 20s);
    flip(State::kDrain);
    EXPECT_EQ(drained().missing.size(), 1U);
}

TEST_F(WaitingTest, ProcessesOfOneNameAreEachWaitedFor) {
    for (int i = 0; i < 5; ++i) {
        rounds(1);
        ask(kHaproxy, ZDR_STATUS_PORT, 1);
        ask(kHaproxy, ZDR_STATUS_PORT, 2);
    }
    server().fall = 2;
    flip(State::kDrain);
    ask_often(2, ZDR_STATUS_PORT, 1);
    pass(200ms);

    EXPECT_EQ(drained().reached, 1U);
    ASSERT_FALSE(drained().missing.empty());
    EXPECT_NE(drained().missing[0].checker.pid, 1U);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
}

TEST_F(WaitingTest, ProcessesOfAScriptAreOneChecker) {
    __u32 pid = 100;
    const auto run_script = [&](int times) {
        for (int i = 0; i < times; ++i) {
            pass(2000ms);
            ask("curl", ZDR_STATUS_PORT, ++pid);
        }
    };
    run_script(5);
    flip(State::kDrain);
    run_script(2);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);
    ASSERT_EQ(drained().missing.size(), 1U);
    EXPECT_EQ(drained().missing[0].streak, 2U);

    run_script(1);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, ProbeThatAsksSeldomIsNotWaitedFor) {
    for (int i = 0; i < 4; ++i) {
        rounds(30, 2000ms);
        ask("prober");
    }
    flip(State::kDrain);
    rounds(3);
    ask("prober");
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
    ASSERT_EQ(drained().ignored.size(), 1U);
    EXPECT_EQ(drained().ignored[0].from, "prober");
}

TEST_F(WaitingTest, WhoAsksSeldomAndSendsTrafficIsWaitedFor) {
    with_sessions();
    rounds(5, 10000ms);
    flip(State::kDrain);
    rounds(2, 10000ms);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting);

    rounds(1, 10000ms);
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, WhoAsksSeldomConfirmsNothing) {
    rounds(5, 10000ms);
    flip(State::kDrain);
    rounds(5, 10000ms);

    EXPECT_EQ(drained().verdict, Verdict::kNoCheckers);
    EXPECT_EQ(drained().ignored.size(), 1U);
}

// A server that is out of rotation has no traffic.
TEST_F(WaitingTest, WhoAsksSeldomIsWaitedForUntilReadyWhereNobodyElseAsks) {
    rounds(5, 10000ms);
    flip(State::kDrain);
    rounds(3, 10000ms);
    flip(State::kReady);
    rounds(1, 10000ms);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);

    rounds(1, 10000ms);
    pass(200ms);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, ProbeThatAsksSeldomHoldsUpNoReadiness) {
    for (int i = 0; i < 4; ++i) {
        rounds(30, 2000ms);
        ask("prober");
    }
    flip(State::kDrain);
    rounds(30, 2000ms);
    ask("prober");
    flip(State::kReady);
    rounds(2, 2000ms);
    pass(200ms);

    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, ProbeThatStoppedIsNoBalancer) {
    rounds(5, 10000ms);
    flip(State::kDrain);
    rounds(1, 10000ms);
    flip(State::kReady);
    pass(40000ms);

    EXPECT_EQ(ready().verdict, Verdict::kNoCheckers);
}

TEST_F(WaitingTest, WhoHasItDownIsWaitedForHoweverLongItPauses) {
    rounds(5);
    flip(State::kDrain);
    rounds(3);
    flip(State::kReady);
    pass(60000ms);  // its downinter, of which the settings know nothing
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);
    ASSERT_EQ(ready().missing.size(), 1U);

    ask(kHaproxy);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting) << "it needs two";
}

TEST_F(WaitingTest, DowninterIsNoSeldomness) {
    server().downinter = 10000ms;
    rounds(5);
    flip(State::kDrain);
    rounds(3);
    rounds(4, 10000ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
    flip(State::kReady);
    rounds(1, 10000ms);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);
    rounds(1, 2000ms);
    pass(200ms);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, NamedCheckersMustConfirmAndNobodyElseCounts) {
    server().checkers = {{"haproxy", true}, {"10.0.0.9", false}};
    for (int i = 0; i < 5; ++i) {
        rounds(1);
        ask("other");
    }
    flip(State::kDrain);
    rounds(3);
    pass(200ms);

    ASSERT_EQ(drained().missing.size(), 1U);
    EXPECT_EQ(drained().missing[0].checker.from, "10.0.0.9");
    EXPECT_EQ(drained().reached, 1U);
    pass(1h);
    EXPECT_EQ(drained().verdict, Verdict::kWaiting) << "silence is no consent";
}

TEST_F(WaitingTest, NamedCheckersMustConfirmAtEachPort) {
    server().checkers = {{"haproxy", true}};
    ask_often(5, ZDR_BACKUP_STATUS_PORT);
    flip(State::kDrain);
    ASSERT_EQ(drained().missing.size(), 1U);
    EXPECT_FALSE(drained().missing[0].checker.is_backup);
}

TEST_F(WaitingTest, EachPortNeedsACheckerOfItsOwn) {
    rounds_of_both(5);
    flip(State::kMaint);
    ask_often(4, ZDR_BACKUP_STATUS_PORT);  // whose checks of the status port go elsewhere
    EXPECT_EQ(drained().reached, 1U);
    EXPECT_EQ(drained().verdict, Verdict::kNoCheckers);
    flip(State::kReady);
    ask_often(4, ZDR_BACKUP_STATUS_PORT);
    EXPECT_NE(ready().verdict, Verdict::kReached);
}

// Its checks end only when the app has answered, so it asks more seldom than while it was refused.
TEST_F(WaitingTest, WhoWasRefusedIsWaitedForUntilItHasTheServerUp) {
    rounds(5, 300ms);
    server().inter = 300ms;
    flip(State::kDrain);
    rounds(3, 300ms);
    flip(State::kReady);
    rounds(1, 300ms);
    pass(2500ms);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);
    ASSERT_EQ(ready().missing.size(), 1U);

    ask(kHaproxy);
    pass(200ms);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

// Somebody's curl while the server was out: it is waited for as long as a HAProxy would pause.
TEST_F(WaitingTest, WhoAskedOnceHoldsUpNothingForLong) {
    server().downinter = 6s;
    rounds(5);
    flip(State::kDrain);
    rounds(3);
    ask("curl");
    flip(State::kReady);
    rounds(2);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting) << "it may be a HAProxy that has just come";

    pass(2000ms);
    ask(kHaproxy);
    pass(300ms);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, WhoCameWhileItWasOutHoldsUpNothingForLong) {
    server().downinter = 6s;
    rounds(5);
    flip(State::kDrain);
    rounds(3);
    for (int i = 0; i < 3; ++i) {
        pass(300ms);
        ask("curl");
    }
    flip(State::kReady);
    rounds(3);
    EXPECT_EQ(ready().verdict, Verdict::kWaiting);

    pass(500ms);
    EXPECT_EQ(ready().verdict, Verdict::kReached);
}

TEST_F(WaitingTest, AnAnswerThatMayTakeLongIsNoSeldomness) {
    server().inter = 300ms;
    rounds(5, 2800ms);
    flip(State::kDrain);
    rounds(3, 2800ms);
    EXPECT_EQ(drained().ignored.size(), 1U);

    server().health = {.uri = "/", .host = "", .statuses = {}, .timeout = 3000ms};
    pass(200ms);
    EXPECT_EQ(drained().verdict, Verdict::kReached);
}

// A HAProxy that checks the server once for each of several lines, each in its own time.
struct Stream {
    milliseconds next;
    __u32 failed = 0;
};

TEST_F(WaitingTest, NeverBeforeTheSlowestOfSeveralStreams) {
    for (const milliseconds fast : {2000ms, 400ms}) {
        server().checks = 3;
        if (fast != 2000ms) server().fastinter = fast;
        std::vector<Stream> streams = {{0ms}, {100ms}, {1900ms}};
        milliseconds time{0};
        const auto tick = [&](bool is_refused) {
            for (Stream& one : streams) {
                if (one.next > time) continue;
                ask(kHaproxy);
                one.failed = is_refused ? one.failed + 1 : 0;
                one.next = time + (is_refused && one.failed < 3 ? fast : 2000ms);
            }
            time += 10ms;
            pass(10ms);
        };
        flip(State::kReady);
        while (time < 20000ms) tick(false);
        flip(State::kDrain);
        const auto slowest = [&] {
            return std::min_element(streams.begin(), streams.end(),
                                    [](const Stream& a, const Stream& b) { return a.failed < b.failed; })
                ->failed;
        };
        while (drained().verdict == Verdict::kWaiting) {
            ASSERT_LT(time, 40000ms);
            tick(true);
        }
        EXPECT_EQ(drained().verdict, Verdict::kReached);
        EXPECT_GE(slowest(), 3U) << fast.count();
        pass(1h);
    }
}

// Whatever the checkers' habits, judge() never says drained before HAProxy would: it is driven beside a model of
// HAProxy's own count of failed checks.
TEST_F(WaitingTest, NeverBeforeHaproxyItself) {
    for (int inter = 50; inter <= 5000; inter = inter * 3 / 2)
        for (__u32 fall = 1; fall <= 6; ++fall) {
            SCOPED_TRACE(testing::Message() << "inter " << inter << " fall " << fall);
            server().fall = static_cast<std::uint16_t>(fall);
            flip(State::kReady);
            rounds(5, milliseconds(inter));
            flip(State::kDrain);
            for (__u32 failed = 1; failed < fall; ++failed) {
                rounds(1, milliseconds(inter));
                pass(milliseconds(inter / 2));
                EXPECT_EQ(drained().verdict, Verdict::kWaiting);
                pass(milliseconds(-(inter / 2)));
            }
            rounds(1, milliseconds(inter));
            EXPECT_EQ(drained().verdict, Verdict::kWaiting);
            pass(milliseconds(inter));
            EXPECT_EQ(drained().verdict, Verdict::kReached);  // and within one interval after it
            pass(milliseconds(10 * inter + 60000));
        }
}

}  // namespace
}  // namespace zdr
