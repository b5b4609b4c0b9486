#include "zdr/model/flip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace zdr {
namespace {

using namespace std::chrono_literals;

TEST(Flip, AnExpiredFlipIsReadyAgain) {
    Flip flip;
    flip.state = State::kMaint;
    flip.expires_boot = 10s;

    EXPECT_EQ(flip.effective(10s - 1ns), State::kMaint);
    EXPECT_EQ(flip.effective(10s), State::kReady);
    EXPECT_EQ(flip.effective(11s), State::kReady);
}

TEST(MakeFlip, IsAsOfNow) {
    const auto before = boot_now();

    const auto flip = make_flip(State::kDrain, 1000, "deploy", "release 42");

    ASSERT_TRUE(flip);
    EXPECT_EQ(flip->state, State::kDrain);
    EXPECT_EQ(flip->uid, 1000U);
    EXPECT_EQ(flip->by, "deploy");
    EXPECT_EQ(flip->reason, "release 42");
    EXPECT_EQ(flip->expires_boot, std::nullopt);
    EXPECT_GE(flip->since_boot, before);
    EXPECT_LE(flip->since_boot, boot_now());
    EXPECT_GT(flip->since_unix, 1'700'000'000s);
}

TEST(MakeFlip, AReasonHasAtMost111Bytes) {
    const auto longest = make_flip(State::kDrain, 0, "", std::string(111, 'r'));
    const auto longer = make_flip(State::kDrain, 0, "", std::string(112, 'r'));

    ASSERT_TRUE(longest);
    EXPECT_EQ(longest->reason, std::string(111, 'r'));
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, Errc::kUsage);
    EXPECT_EQ(longer.error().text, "the reason has 112 bytes; at most 111 fit");
}

TEST(MakeFlip, AReasonIsPrintable) {
    for (const std::string& reason : {std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"),
                                      std::string("\xc2\x9b"), std::string("\xff")}) {
        const auto flip = make_flip(State::kDrain, 0, "", reason);

        ASSERT_FALSE(flip);
        EXPECT_EQ(flip.error().code, Errc::kUsage);
        EXPECT_TRUE(std::none_of(flip.error().text.begin(), flip.error().text.end(), [](char c) { return c < ' '; }));
    }
}

TEST(FlipSinceWall, IsAsItWasNotedUnlessTheClockWasSet) {
    Flip flip;
    flip.since_boot = 100s;
    flip.since_unix = 1'700'000'000s;

    EXPECT_EQ(flip.since_wall(160s, 1'700'000'060s), flip.since_unix);
    EXPECT_EQ(flip.since_wall(160s, 1'700'000'061s), flip.since_unix) << "a clock that is steered";
    EXPECT_EQ(flip.since_wall(160s, 1'800'000'000s), 1'799'999'940s) << "set forward";
    EXPECT_EQ(flip.since_wall(160s, 1'600'000'000s), 1'599'999'940s) << "set back";
    EXPECT_EQ(Flip{}.since_wall(160s, 1'700'000'000s), 0ns);
}

}  // namespace
}  // namespace zdr
