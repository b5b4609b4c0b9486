// What is remembered of one who checks: rhythm, streaks, and which connections are checks.
#include "zdr_checkers.h"

#include "unit/model/noted_checks.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

class CheckersTest : public NotedChecks {};

TEST_F(CheckersTest, FirstAskHasNoInterval) {
    note("haproxy", ZDR_REDIRECT, 5s);

    EXPECT_EQ(only().from, "haproxy");
    EXPECT_EQ(only().hook, Checker::Hook::kCgroup);
    EXPECT_EQ(only().interval, std::nullopt);
    EXPECT_EQ(only().asks, 1u);
    EXPECT_EQ(only().redirected_streak, 1u);
    EXPECT_EQ(only().last_boot, 5s);
}

TEST_F(CheckersTest, StreaksCountInARow) {
    note("haproxy", ZDR_REDIRECT, 2s);
    note("haproxy", ZDR_REDIRECT, 4s);
    EXPECT_EQ(only().redirected_streak, 2u);

    note("haproxy", ZDR_REFUSE, 6s);
    EXPECT_EQ(only().redirected_streak, 0u);
    EXPECT_EQ(only().refused_streak, 1u);

    note("haproxy", ZDR_REDIRECT, 8s);
    EXPECT_EQ(only().refused_streak, 0u);
    EXPECT_EQ(only().redirected_streak, 1u);
    EXPECT_EQ(checks().counters.redirected, 3u);
    EXPECT_EQ(checks().counters.refused, 1u);
}

TEST_F(CheckersTest, IntervalIsWhatPassesBetweenAsks) {
    for (int i = 1; i <= 5; ++i) note("haproxy", ZDR_REDIRECT, i * 2000ms);

    EXPECT_EQ(only().interval, 2000ms);
    EXPECT_EQ(only().asks, 5u);
}

TEST_F(CheckersTest, IntervalGrowsAtOnceAndShrinksSlowly) {
    note("haproxy", ZDR_REDIRECT, 1000ms);
    note("haproxy", ZDR_REDIRECT, 2000ms);
    note("haproxy", ZDR_REDIRECT, 4000ms);
    EXPECT_EQ(only().interval, 2000ms);

    note("haproxy", ZDR_REDIRECT, 5000ms);
    EXPECT_EQ(only().interval, 1750ms);
}

TEST_F(CheckersTest, TwoAsksAtOneMomentAreAMillisecondApart) {
    note("haproxy", ZDR_REDIRECT, 1000ms);
    note("haproxy", ZDR_REDIRECT, 1000ms);

    EXPECT_EQ(only().interval, 1ms);
}

TEST_F(CheckersTest, WorkersOfOneNameAreOneChecker) {
    for (int i = 1; i <= 40; ++i) note("haproxy", ZDR_REFUSE, i * 500ms);

    EXPECT_EQ(only().refused_streak, 40u);
}

TEST_F(CheckersTest, HasNoIntervalAfterASilence) {
    for (int i = 1; i <= 4; ++i) note("haproxy", ZDR_REDIRECT, i * 1000ms);
    note("haproxy", ZDR_REDIRECT, 7000ms);
    EXPECT_EQ(only().asks, 5u);
    EXPECT_EQ(only().interval, 3000ms);

    note("haproxy", ZDR_REDIRECT, 16001ms);
    EXPECT_EQ(only().asks, 6u);
    EXPECT_EQ(only().redirected_streak, 6u);
    EXPECT_EQ(only().interval, std::nullopt);

    note("haproxy", ZDR_REDIRECT, 17001ms);
    EXPECT_EQ(only().interval, 1000ms);
    note("haproxy", ZDR_REDIRECT, 17001ms + 601s);
    EXPECT_EQ(only().asks, 1u) << "after ten minutes it begins anew";
    EXPECT_EQ(only().redirected_streak, 1u);
}

// As HAProxy checks a server that two backends list, in the same moment.
TEST_F(CheckersTest, AsksThatComeTwoAtOnceAreAllInARow) {
    for (int i = 1; i <= 10; ++i) {
        note("haproxy", ZDR_REFUSE, i * 500ms);
        note("haproxy", ZDR_REFUSE, i * 500ms);
    }
    EXPECT_EQ(only().refused_streak, 20u);
    EXPECT_EQ(only().asks, 20u);
    for (int i = 11; i <= 20; ++i) {
        note("haproxy", ZDR_REDIRECT, i * 500ms);
        note("haproxy", ZDR_REDIRECT, i * 500ms);
    }
    EXPECT_EQ(only().redirected_streak, 20u);
}

TEST_F(CheckersTest, WhoIsRefusedMayPauseForLong) {
    for (int i = 1; i <= 4; ++i) note("haproxy", ZDR_REFUSE, i * 1000ms);
    note("haproxy", ZDR_REFUSE, 64s);
    note("haproxy", ZDR_REDIRECT, 124s);
    EXPECT_EQ(only().asks, 6u);
    EXPECT_EQ(only().interval, 1000ms) << "its own rhythm is that of a server that is up";
    EXPECT_EQ(only().redirected_streak, 1u);
}

TEST_F(CheckersTest, ConnectionThatIsSeenAgainIsNoNewCheck) {
    zdr_check check = check_of("");
    check.hook = ZDR_HOOK_LOOKUP;
    check.port_or_pid = 77;
    note(check, ZDR_REDIRECT, 1000ms);
    note(check, ZDR_REDIRECT, 1199ms);
    EXPECT_EQ(only().asks, 1u);
    EXPECT_EQ(checks().counters.redirected, 1u);

    check.port_or_pid = 78;
    note(check, ZDR_REDIRECT, 2000ms);
    EXPECT_EQ(only().asks, 2u);
}

// Another program has given the connection a socket all the same.
TEST_F(CheckersTest, RefusalThatDidNotHoldIsNone) {
    zdr_check check = check_of("");
    check.hook = ZDR_HOOK_LOOKUP;
    check.port_or_pid = 77;
    note(check, ZDR_REFUSE, 1000ms);
    note(check, ZDR_REDIRECT, 1000ms);
    EXPECT_EQ(only().refused_streak, 0u);
    EXPECT_EQ(only().redirected_streak, 1u);

    note(check, ZDR_REDIRECT, 1001ms);
    note(check, ZDR_REFUSE, 1002ms);
    EXPECT_EQ(only().redirected_streak, 1u) << "the same connection again";
}

// TCP sends it again after a second where nothing came back: a firewall has dropped the refusal.
TEST_F(CheckersTest, RefusalThatDidNotArriveIsNone) {
    zdr_check check = check_of("");
    check.hook = ZDR_HOOK_LOOKUP;
    for (check.port_or_pid = 70; check.port_or_pid < 73; ++check.port_or_pid)
        note(check, ZDR_REFUSE, 1000ms + check.port_or_pid * 2000ms);
    EXPECT_EQ(only().refused_streak, 3u);

    check.port_or_pid = 72;
    note(check, ZDR_REFUSE, 1001ms + 72 * 2000ms);
    EXPECT_EQ(only().refused_streak, 3u) << "looked up twice";
    for (int seconds = 1; seconds <= 3; ++seconds) {
        note(check, ZDR_REFUSE, 1000ms + 72 * 2000ms + seconds * 1030ms);
        EXPECT_EQ(only().refused_streak, 2u);
    }
    note(check, ZDR_REDIRECT, 1000ms + 72 * 2000ms + 4120ms);
    EXPECT_EQ(only().redirected_streak, 1u) << "it was made ready, and the last one arrived";
}

// It pauses for longer than it did while the server was up, and a stranger takes another place.
TEST_F(CheckersTest, WhoWasRefusedKeepsItsEntryWhileOthersAreFree) {
    for (int i = 1; i <= 5; ++i) {
        note("pauses", ZDR_REDIRECT, i * 500ms);
        note("haproxy", ZDR_REDIRECT, i * 500ms + 1ms);
    }
    for (int i = 6; i <= 8; ++i) note("pauses", ZDR_REFUSE, i * 500ms);
    for (int i = 6; i <= 14; ++i) note("haproxy", ZDR_REFUSE, i * 500ms + 1ms);

    for (int i = 0; i < 5; ++i) note("curl " + std::to_string(i), ZDR_REFUSE, 7010ms + i * 1ms);

    EXPECT_TRUE(knows("pauses"));
    EXPECT_TRUE(knows("haproxy"));
    EXPECT_EQ(checks().checkers.size(), 7U);
}

TEST_F(CheckersTest, WhoPausesStaysWhereStrangersTakeAllOtherPlaces) {
    const auto round = [&](int i, __u32 verdict) {
        for (const char* name : {"one", "two"}) note(name, verdict, i * 500ms);
        if (i <= 8) note("pauses", verdict, i * 500ms);
    };
    for (int i = 1; i <= 5; ++i) round(i, ZDR_REDIRECT);
    for (int i = 6; i <= 14; ++i) round(i, ZDR_REFUSE);

    for (int i = 0; i < 40; ++i) note("curl " + std::to_string(i), ZDR_REFUSE, 7010ms + i * 1ms);

    for (const char* name : {"one", "two", "pauses"}) EXPECT_TRUE(knows(name)) << name;
}

// After a drain its rhythm is that of a server that is up again, however long it paused.
TEST_F(CheckersTest, PauseIsForgottenSoon) {
    note("haproxy", ZDR_REFUSE, 1000ms);
    note("haproxy", ZDR_REDIRECT, 9000ms);
    for (int i = 1; i <= 3; ++i) note("haproxy", ZDR_REDIRECT, 9000ms + i * 500ms);

    EXPECT_LE(only().interval, 1500ms);
}

TEST_F(CheckersTest, CheckerThatHasOnePortIsSeenEachTime) {
    zdr_check check = check_of("");
    check.hook = ZDR_HOOK_LOOKUP;
    check.port_or_pid = 77;

    for (int i = 0; i < 5; ++i) note(check, ZDR_REFUSE, 1000ms + i * 1000ms);  // the first time, no interval is known
    for (int i = 1; i <= 5; ++i) note(check, ZDR_REFUSE, 5000ms + i * 600ms);

    EXPECT_EQ(checks().counters.refused, 10u);
    EXPECT_EQ(only().refused_streak, 10u);
}

TEST_F(CheckersTest, ConnectionThatIsSeenAgainIsToldFromOneThatComesAtOnce) {
    zdr_check check = check_of("");
    check.hook = ZDR_HOOK_LOOKUP;

    // Each a millisecond after the other, and looked up twice.
    for (check.port_or_pid = 1; check.port_or_pid <= 9; ++check.port_or_pid) {
        note(check, ZDR_REFUSE, 1000ms + check.port_or_pid * 1ms);
        note(check, ZDR_REFUSE, 1000ms + check.port_or_pid * 1ms);
    }

    EXPECT_EQ(checks().counters.refused, 9u);
}

TEST_F(CheckersTest, AnswersOfTheDrainPortAndRefusalsAreNoStreakTogether) {
    note("haproxy", ZDR_REFUSE, 1000ms);
    note("haproxy", ZDR_REFUSE, 2000ms);
    EXPECT_FALSE(only().is_softened);

    note("haproxy", ZDR_SOFTEN, 3000ms);
    EXPECT_TRUE(only().is_softened);
    EXPECT_EQ(only().refused_streak, 1u);
    note("haproxy", ZDR_SOFTEN, 4000ms);
    EXPECT_EQ(only().refused_streak, 2u);

    note("haproxy", ZDR_REFUSE, 5000ms);
    EXPECT_FALSE(only().is_softened);
    EXPECT_EQ(only().refused_streak, 1u);
    EXPECT_EQ(checks().counters.refused, 5u);

    note("haproxy", ZDR_SOFTEN, 6000ms);
    note("haproxy", ZDR_REDIRECT, 7000ms);
    EXPECT_FALSE(only().is_softened);
    EXPECT_EQ(only().refused_streak, 0u);
}

TEST_F(CheckersTest, SoftCountsStopAtTheirLargest) {
    for (int i = 0; i < 40000; ++i) note("haproxy", ZDR_SOFTEN, 1000ms + i * 1ms);

    EXPECT_TRUE(only().is_softened);
    EXPECT_EQ(only().refused_streak, 32767u);
}

TEST_F(CheckersTest, CountsStopAtTheirLargest) {
    for (int i = 0; i < 70000; ++i) note("haproxy", ZDR_REFUSE, 1000ms + i * 1ms);

    EXPECT_EQ(only().refused_streak, 32767u);
    EXPECT_EQ(only().asks, 65535u);
    EXPECT_EQ(checks().counters.refused, 70000u);
}

}  // namespace
}  // namespace zdr
