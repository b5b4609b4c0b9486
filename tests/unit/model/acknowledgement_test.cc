// The waiting logic, with a made-up clock and made-up checkers that ask as real ones do, through the code that notes
// them in the kernel.
#include "zdr/model/acknowledgement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "check_records.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;
using Verdict = Acknowledgement::Verdict;

constexpr std::string_view kHaproxy = "haproxy";

class WaitingTest : public testing::Test {
  protected:
    WaitingTest() {
        server_.name = "webA";
        server_.backup_status_port = Port(3000);
    }

    void flip(State state) {
        state_ = state;
        since_ = now_;
    }
    void pass(milliseconds time) { now_ += time; }

    void ask(std::string_view who, __u8 role = ZDR_STATUS_PORT, __u32 pid = 0) {
        zdr_check check{};
        check.port_or_pid = pid;
        std::memcpy(check.from, who.data(), std::min(who.size(), sizeof check.from));
        check.role = role;
        zdr_state state{};
        state.state = static_cast<__u32>(state_);
        records_.note(check, zdr_decide(role, &state, 1), static_cast<__u64>(now_.count()));
    }
    // So many rounds of one ask each; time passes before each of them.
    void rounds(int count, milliseconds inter = 2000ms, std::string_view who = kHaproxy) {
        for (int i = 0; i < count; ++i) {
            pass(inter);
            ask(who);
        }
    }

    Acknowledgement drained() const { return judge(Goal::kDrained, server_, sight(), now_); }
    Acknowledgement ready() const { return judge(Goal::kReady, server_, sight(), now_); }
    Server& server() { return server_; }
    // Whoever asks seldom is taken to send traffic, too.
    void with_sessions() { has_sessions_ = true; }

  private:
    Snapshot sight() const {
        Snapshot out{state_, since_, records_.checks()};
        for (Checker& checker : out.checks.checkers) checker.has_sessions = has_sessions_;
        return out;
    }

    Server server_;
    State state_ = State::kReady;
    CheckRecords records_;
    nanoseconds since_{1h};
    nanoseconds now_{1h};
    bool has_sessions_ = false;
};

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
    for (int i = 0; i < 5; ++i) {
        rounds(1);
        ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    }
    flip(State::kDrain);
    for (int i = 0; i < 3; ++i) {
        rounds(1);
        ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    }
    pass(200ms);

    EXPECT_EQ(drained().verdict, Verdict::kReached);
    EXPECT_EQ(drained().reached, 1u);
}

TEST_F(WaitingTest, InMaintBothPortsAreWaitedFor) {
    for (int i = 0; i < 5; ++i) {
        rounds(1);
        ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    }
    flip(State::kDrain);
    rounds(1);
    ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    rounds(1);
    ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    flip(State::kMaint);
    for (int i = 0; i < 2; ++i) {
        rounds(1);
        ask(kHaproxy, ZDR_BACKUP_STATUS_PORT);
    }
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

// What a look costs and what a checker notices set the pause: 20 to 250 ms, and between these an eighth of the shortest
// interval among those that are waited for.
TEST_F(WaitingTest, LooksSeldomEnoughToCostNothingAndOftenEnoughToNotice) {
    const struct {
        milliseconds inter;
        milliseconds pause;
    } cases[] = {{30s, 250ms}, {2000ms, 250ms}, {1600ms, 200ms}, {800ms, 100ms}, {160ms, 20ms}, {40ms, 20ms}};
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

TEST_F(WaitingTest, ProcessesOfOneNameAreEachWaitedFor) {
    for (int i = 0; i < 5; ++i) {
        rounds(1);
        ask(kHaproxy, ZDR_STATUS_PORT, 1);
        ask(kHaproxy, ZDR_STATUS_PORT, 2);
    }
    server().fall = 2;
    flip(State::kDrain);
    for (int i = 0; i < 2; ++i) {
        pass(2000ms);
        ask(kHaproxy, ZDR_STATUS_PORT, 1);
    }
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

// Whatever the checkers' habits, the judgement never says drained before HAProxy would: it is driven beside a model of
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
