// The checkers of a server in the two records that it may have: how they are read, and who is displaced.
#include "zdr/kernel/check_records.h"

#include <cstring>
#include <string>

#include "unit/model/noted_checks.h"
#include "zdr/net/endpoint.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

class CheckRecordsTest : public NotedChecks {};

TEST_F(CheckRecordsTest, PortsAndHooksAreKeptApart) {
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

TEST_F(CheckRecordsTest, RemoteCheckerIsItsAddress) {
    zdr_check check{};
    check.hook = ZDR_HOOK_LOOKUP;
    const auto words = Address::parse("10.0.0.9")->words();
    std::memcpy(check.from, words.data(), sizeof check.from);

    note(check, ZDR_REDIRECT, 1s);

    EXPECT_EQ(only().from, "10.0.0.9");
    EXPECT_EQ(only().hook, Checker::Hook::kLookup);
}

TEST_F(CheckRecordsTest, NameOfAProcessIsNotTrusted) {
    note("evil\n\x1b[31m", ZDR_REDIRECT, 1s);
    EXPECT_EQ(only().from.find('\n'), std::string::npos);
    EXPECT_EQ(only().from.find('\x1b'), std::string::npos);
}

TEST_F(CheckRecordsTest, NameOfSixteenBytesHasNoEnd) {
    note("0123456789abcdef", ZDR_REDIRECT, 1s);

    EXPECT_EQ(only().from, "0123456789abcdef");
}

TEST_F(CheckRecordsTest, FloodOfStrangersDisplacesNoChecker) {
    note("haproxy", ZDR_REFUSE, 1000ms);
    note("haproxy", ZDR_REFUSE, 2000ms);

    for (int i = 0; i < 10000; ++i) note("stranger" + std::to_string(i), ZDR_REFUSE, 2001ms);

    EXPECT_TRUE(knows("haproxy"));
    EXPECT_TRUE(knows("stranger9999"));
    EXPECT_EQ(checks().checkers.size(), kAllEntries);
    EXPECT_EQ(checks().counters.refused, 10002u);
    EXPECT_EQ(checks().overflowed_boot, 0ns);
}

TEST_F(CheckRecordsTest, AFewNeedNoSecondRecord) {
    for (int i = 1; i <= 10; ++i) {
        note("haproxy", ZDR_REDIRECT, i * 2000ms);
        note(check_of("haproxy", ZDR_BACKUP_STATUS_PORT), ZDR_REDIRECT, i * 2000ms);
    }

    EXPECT_FALSE(records().has_overflow());
    EXPECT_EQ(checks().checkers.size(), std::size_t{ZDR_CHECKERS});
}

TEST_F(CheckRecordsTest, ACheckerStaysInTheRecordThatItIsIn) {
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

TEST_F(CheckRecordsTest, ANewcomerTakesAFreePlaceAmongTheFewFirst) {
    for (int i = 1; i <= 3; ++i)
        for (const char* name : {"first", "second", "third"}) note(name, ZDR_REDIRECT, i * 1000ms);

    note("new", ZDR_REDIRECT, 60s);

    EXPECT_FALSE(knows("first"));
    EXPECT_TRUE(knows("second"));
    EXPECT_STREQ(reinterpret_cast<const char*>(records().first().checkers[0].from), "new");
}

TEST_F(CheckRecordsTest, ConnectionThatIsSeenAgainIsNoNewCheckInTheSecondRecordEither) {
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

TEST_F(CheckRecordsTest, WithoutRoomForMoreWhoAsksOnceGivesWayAndHabitsStay) {
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

TEST_F(CheckRecordsTest, SaysWhenAllPlacesAreTaken) {
    for (int round = 1; round <= 2; ++round)
        for (std::size_t i = 0; i < kAllEntries; ++i) note("regular" + std::to_string(i), ZDR_REDIRECT, round * 1000ms);
    EXPECT_EQ(checks().overflowed_boot, 0ns);

    note("one more", ZDR_REDIRECT, 2500ms);

    EXPECT_FALSE(knows("one more"));
    EXPECT_EQ(checks().overflowed_boot, 3s);
    EXPECT_EQ(checks().counters.redirected, 2 * kAllEntries + 1);
}

TEST_F(CheckRecordsTest, WhoFellSilentMakesRoom) {
    for (int round = 1; round <= 2; ++round)
        for (std::size_t i = 0; i < kAllEntries; ++i) note("regular" + std::to_string(i), ZDR_REDIRECT, round * 1000ms);
    note("regular3", ZDR_REDIRECT, 4900ms);

    note("one more", ZDR_REDIRECT, 5500ms);

    EXPECT_TRUE(knows("one more"));
    EXPECT_TRUE(knows("regular3"));
    EXPECT_FALSE(knows("regular0"));
}

}  // namespace
}  // namespace zdr
