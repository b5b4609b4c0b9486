// What is said of those who are waited for, and how much longer it is said to take.
#include "zdr/control/pending_server.h"

#include <gtest/gtest.h>

#include <vector>

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kNowBoot = 1h;

// haproxy asks every 2 s, the last time 500 ms ago, and was refused `streak` of 3 times.
PendingServer pending(const std::string& name, std::uint32_t streak) {
    PendingServer out;
    out.name = out.server.name = name;
    PendingChecker who{{}, streak, 3};
    who.checker.from = "haproxy";
    who.checker.asks = 100;
    who.checker.interval = 2s;
    who.checker.last_boot = kNowBoot - 500ms;
    out.acknowledgement.missing = {who};
    return out;
}

std::string missing(const std::vector<PendingServer>& servers, Goal goal = Goal::kDrained) {
    return format_all_missing(servers, goal, kNowBoot);
}

TEST(ExpectedRest, IsTheAnswersThatAreMissingAtTheObservedInterval) {
    EXPECT_EQ(expected_rest(pending("webA", 0), kNowBoot), 1500ms + 2s + 2s + 200ms);
    EXPECT_EQ(expected_rest(pending("webA", 2), kNowBoot), 1500ms + 200ms);
    EXPECT_EQ(expected_rest(pending("webA", 3), kNowBoot), 200ms) << "it only needs to act on the last";
}

TEST(ExpectedRest, IsThatOfTheSlowest) {
    PendingServer server = pending("webA", 2);
    server.acknowledgement.missing.push_back(pending("webA", 1).acknowledgement.missing.front());

    EXPECT_EQ(expected_rest(server, kNowBoot), 1500ms + 2s + 200ms);
}

TEST(ExpectedRest, IsNotKnownOfWhoDoesNotAsk) {
    PendingServer never = pending("webA", 0);
    never.acknowledgement.missing.front().checker.asks = 0;
    PendingServer silent = pending("webA", 1);
    silent.acknowledgement.missing.front().checker.last_boot = kNowBoot - 10min;
    PendingServer nobody = pending("webA", 0);
    nobody.acknowledgement.missing.clear();

    EXPECT_EQ(expected_rest(never, kNowBoot), std::nullopt);
    EXPECT_EQ(expected_rest(silent, kNowBoot), std::nullopt);
    EXPECT_EQ(expected_rest(nobody, kNowBoot), std::nullopt);
}

TEST(FormatAllMissing, BeginsWithWhatALineThatIsCutMustNotLose) {
    EXPECT_EQ(missing({pending("webA", 1)}),
              "webA is not drained yet, about 4s more: haproxy was refused 1 of 3 times");
    EXPECT_EQ(missing({pending("webA", 2)}, Goal::kReady),
              "webA is not ready yet, about 2s more: haproxy was redirected 2 of 3 times");
}

TEST(FormatAllMissing, CountsThoseThatAreNotDoneAndTakesTheTimeOfTheSlowest) {
    PendingServer done = pending("webA", 3);
    done.is_done = true;

    EXPECT_EQ(missing({done, pending("webB", 2), pending("webC", 0), pending("webD", 1)}),
              "webB and 2 more are not drained yet, about 6s more: haproxy was refused 2 of 3 times");
    EXPECT_EQ(missing({done}), "");
}

TEST(FormatAllMissing, NamesNoTimeThatNobodyKnows) {
    PendingServer never = pending("webA", 0);
    never.acknowledgement.missing.front().checker.asks = 0;

    EXPECT_EQ(missing({pending("webB", 2), never}),
              "webB and 1 more are not drained yet: haproxy was refused 2 of 3 times");
}

}  // namespace
}  // namespace zdr::test
