// What is remembered of checks, by the very code that runs in the kernel.
#include "zdr/model/checkers.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "check_records.h"
#include "zdr/net/endpoint.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

zdr_check check_of(const std::string& process, __u8 role = ZDR_STATUS_PORT) {
    zdr_check check{};
    std::memcpy(check.from, process.data(), std::min(process.size(), sizeof check.from));
    check.role = role;
    check.hook = ZDR_HOOK_CGROUP;
    return check;
}

class CheckersTest : public testing::Test {
  protected:
    void note(const zdr_check& check, __u32 verdict, milliseconds at) {
        records_.note(check, verdict, static_cast<__u64>(std::chrono::nanoseconds(at).count()));
    }
    void note(const std::string& process, __u32 verdict, milliseconds at) { note(check_of(process), verdict, at); }
    Checks checks() const { return records_.checks(); }
    CheckRecords& records() { return records_; }
    Checker only() const {
        EXPECT_EQ(checks().checkers.size(), 1u);
        return checks().checkers.empty() ? Checker{} : checks().checkers.front();
    }
    bool knows(const std::string& process) const {
        for (const Checker& checker : checks().checkers)
            if (checker.from == process) return true;
        return false;
    }

  private:
    CheckRecords records_;
};

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

TEST_F(CheckersTest, PortsAndHooksAreKeptApart) {
    zdr_check remote = check_of("haproxy");
    remote.hook = ZDR_HOOK_LOOKUP;
    note(check_of("haproxy"), ZDR_REFUSE, 1s);
    note(check_of("haproxy", ZDR_BACKUP_STATUS_PORT), ZDR_REDIRECT, 1s);
    note(remote, ZDR_REFUSE, 1s);

    ASSERT_EQ(checks().checkers.size(), 3u);
    EXPECT_FALSE(checks().checkers[0].is_backup);
    EXPECT_EQ(checks().checkers[1].hook, Checker::Hook::kLookup);
    EXPECT_TRUE(checks().checkers[2].is_backup);
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

TEST_F(CheckersTest, RemoteCheckerIsItsAddress) {
    zdr_check check{};
    check.hook = ZDR_HOOK_LOOKUP;
    const auto words = Address::parse("10.0.0.9")->words();
    std::memcpy(check.from, words.data(), sizeof check.from);

    note(check, ZDR_REDIRECT, 1s);

    EXPECT_EQ(only().from, "10.0.0.9");
    EXPECT_EQ(only().hook, Checker::Hook::kLookup);
}

TEST_F(CheckersTest, NameOfAProcessIsNotTrusted) {
    note("evil\n\x1b[31m", ZDR_REDIRECT, 1s);
    EXPECT_EQ(only().from.find('\n'), std::string::npos);
    EXPECT_EQ(only().from.find('\x1b'), std::string::npos);
}

TEST_F(CheckersTest, NameOfSixteenBytesHasNoEnd) {
    note("0123456789abcdef", ZDR_REDIRECT, 1s);

    EXPECT_EQ(only().from, "0123456789abcdef");
}

TEST_F(CheckersTest, FloodOfStrangersDisplacesNoChecker) {
    note("haproxy", ZDR_REFUSE, 1000ms);
    note("haproxy", ZDR_REFUSE, 2000ms);

    for (int i = 0; i < 10000; ++i) note("stranger" + std::to_string(i), ZDR_REFUSE, 2001ms);

    EXPECT_TRUE(knows("haproxy"));
    EXPECT_TRUE(knows("stranger9999"));
    EXPECT_EQ(checks().checkers.size(), kAllEntries);
    EXPECT_EQ(checks().counters.refused, 10002u);
    EXPECT_EQ(checks().overflowed_boot, 0ns);
}

TEST_F(CheckersTest, AFewNeedNoSecondRecord) {
    for (int i = 1; i <= 10; ++i) {
        note("haproxy", ZDR_REDIRECT, i * 2000ms);
        note(check_of("haproxy", ZDR_BACKUP_STATUS_PORT), ZDR_REDIRECT, i * 2000ms);
    }

    EXPECT_FALSE(records().has_overflow());
    EXPECT_EQ(checks().checkers.size(), std::size_t{ZDR_CHECKERS});
}

TEST_F(CheckersTest, ACheckerStaysInTheRecordThatItIsIn) {
    const auto round = [&](milliseconds at) {
        for (const char* name : {"first", "second", "third"}) note(name, ZDR_REFUSE, at);
    };
    round(1000ms);
    round(2000ms);
    ASSERT_TRUE(records().has_overflow());

    for (int i = 3; i <= 20; ++i) note("third", ZDR_REFUSE, i * 1000ms);  // the others fell silent

    EXPECT_TRUE(knows("first"));
    EXPECT_TRUE(knows("second"));
    ASSERT_EQ(checks().checkers.size(), 3u);
    EXPECT_EQ(checks().checkers[2].refused_streak, 20u);
    EXPECT_EQ(checks().counters.refused, 4u + 20u);
}

TEST_F(CheckersTest, ANewcomerTakesAFreePlaceAmongTheFewFirst) {
    for (int i = 1; i <= 3; ++i)
        for (const char* name : {"first", "second", "third"}) note(name, ZDR_REDIRECT, i * 1000ms);

    note("new", ZDR_REDIRECT, 60s);

    EXPECT_FALSE(knows("first"));
    EXPECT_TRUE(knows("second"));
    EXPECT_STREQ(reinterpret_cast<const char*>(records().first().checkers[0].from), "new");
}

TEST_F(CheckersTest, ConnectionThatIsSeenAgainIsNoNewCheckInTheSecondRecordEither) {
    zdr_check third = check_of("third");
    third.hook = ZDR_HOOK_LOOKUP;
    third.port_or_pid = 0x12345678;
    note("first", ZDR_REDIRECT, 1s);
    note("second", ZDR_REDIRECT, 1s);

    note(third, ZDR_REDIRECT, 1s);
    note(third, ZDR_REDIRECT, 1199ms);

    EXPECT_EQ(checks().counters.redirected, 3u);
    EXPECT_EQ(checks().checkers[2].asks, 1u);
}

TEST_F(CheckersTest, WithoutRoomForMoreWhoAsksOnceGivesWayAndHabitsStay) {
    records().fill_the_map();
    note("haproxy", ZDR_REFUSE, 1000ms);
    note("haproxy", ZDR_REFUSE, 2000ms);

    note("stranger", ZDR_REFUSE, 2000ms);
    note("regular", ZDR_REFUSE, 2100ms);
    note("regular", ZDR_REFUSE, 2200ms);
    EXPECT_TRUE(knows("regular"));
    EXPECT_EQ(checks().overflowed_boot, 0ns);

    note("one more", ZDR_REFUSE, 2300ms);
    EXPECT_TRUE(knows("haproxy"));
    EXPECT_TRUE(knows("regular"));
    EXPECT_FALSE(knows("one more"));
    EXPECT_EQ(checks().overflowed_boot, 3s);
    EXPECT_EQ(checks().counters.refused, 6u);
}

TEST_F(CheckersTest, SaysWhenAllPlacesAreTaken) {
    for (int round = 1; round <= 2; ++round)
        for (std::size_t i = 0; i < kAllEntries; ++i) note("regular" + std::to_string(i), ZDR_REDIRECT, round * 1000ms);
    EXPECT_EQ(checks().overflowed_boot, 0ns);

    note("one more", ZDR_REDIRECT, 2500ms);

    EXPECT_FALSE(knows("one more"));
    EXPECT_EQ(checks().overflowed_boot, 3s);
    EXPECT_EQ(checks().counters.redirected, 2 * kAllEntries + 1);
}

TEST_F(CheckersTest, WhoFellSilentMakesRoom) {
    for (int round = 1; round <= 2; ++round)
        for (std::size_t i = 0; i < kAllEntries; ++i) note("regular" + std::to_string(i), ZDR_REDIRECT, round * 1000ms);
    note("regular3", ZDR_REDIRECT, 4900ms);

    note("one more", ZDR_REDIRECT, 5500ms);

    EXPECT_TRUE(knows("one more"));
    EXPECT_TRUE(knows("regular3"));
    EXPECT_FALSE(knows("regular0"));
}

TEST_F(CheckersTest, CountsStopAtTheirLargest) {
    for (int i = 0; i < 70000; ++i) note("haproxy", ZDR_REFUSE, 1000ms + i * 1ms);

    EXPECT_EQ(only().refused_streak, 65535u);
    EXPECT_EQ(only().asks, 65535u);
    EXPECT_EQ(checks().counters.refused, 70000u);
}

TEST_F(CheckersTest, LiveUntilSilentForThreeIntervals) {
    for (int i = 1; i <= 3; ++i) note("haproxy", ZDR_REDIRECT, i * 5000ms);

    EXPECT_TRUE(only().is_live(30s, 2s));
    EXPECT_FALSE(only().is_live(30s + 1ns, 2s));
    EXPECT_TRUE(only().is_live(75s, 20s));  // the configured interval is longer
}

TEST_F(CheckersTest, TwoAsksAreNoHabit) {
    note("curl", ZDR_REDIRECT, 0ms);
    note("curl", ZDR_REDIRECT, 100s);

    EXPECT_TRUE(only().is_live(106s, 2s));
    EXPECT_FALSE(only().is_live(107s, 2s));
}

}  // namespace
}  // namespace zdr
