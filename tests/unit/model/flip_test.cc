#include "zdr/model/flip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "zdr_decide.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

TEST(Flip, ARecordAndBack) {
    for (const State state : {State::kReady, State::kDrain, State::kMaint}) {
        const Flip flip{.state = state,
                        .expires_boot = 90s,
                        .since_boot = 30s,
                        .since_unix = 1'700'000'000s,
                        .uid = 1000,
                        .by = "deploy",
                        .reason = "release 42 \xe2\x82\xac"};

        const Flip back = from_record(to_record(flip));

        EXPECT_EQ(back.state, flip.state);
        EXPECT_EQ(back.expires_boot, flip.expires_boot);
        EXPECT_EQ(back.since_boot, flip.since_boot);
        EXPECT_EQ(back.since_unix, flip.since_unix);
        EXPECT_EQ(back.uid, flip.uid);
        EXPECT_EQ(back.by, flip.by);
        EXPECT_EQ(back.reason, flip.reason);
    }
}

TEST(Flip, WithoutAnEndNothingExpires) {
    Flip flip;
    flip.state = State::kDrain;

    const zdr_state record = to_record(flip);

    EXPECT_EQ(record.expires_boot_ns, 0U);
    EXPECT_EQ(from_record(record).expires_boot, std::nullopt);
    EXPECT_EQ(flip.effective(std::chrono::nanoseconds::max()), State::kDrain);
}

TEST(Flip, AnEmptyRecordIsReadyAndNeverFlipped) {
    const Flip flip = from_record(zdr_state{});

    EXPECT_EQ(flip.state, State::kReady);
    EXPECT_EQ(flip.since_boot, 0ns);
    EXPECT_EQ(flip.since_unix, 0ns);
    EXPECT_EQ(flip.by, "");
    EXPECT_EQ(flip.reason, "");
}

TEST(Flip, AnExpiredFlipIsReadyAgain) {
    Flip flip;
    flip.state = State::kMaint;
    flip.expires_boot = 10s;

    EXPECT_EQ(flip.effective(10s - 1ns), State::kMaint);
    EXPECT_EQ(flip.effective(10s), State::kReady);
    EXPECT_EQ(flip.effective(11s), State::kReady);
}

TEST(Flip, TextsWithoutNulsStayInTheirFields) {
    zdr_state record;
    std::memset(&record, 'x', sizeof record);

    const Flip flip = from_record(record);

    EXPECT_EQ(flip.by, std::string(ZDR_BY_SIZE, 'x'));
    EXPECT_EQ(flip.reason, std::string(ZDR_REASON_SIZE, 'x'));
}

TEST(Flip, AHostileRecordShowsNoControlCharacters) {
    zdr_state record{};
    std::memcpy(record.by, "\x1b[2J\xff\x7f", 6);
    std::memcpy(record.reason,
                "a\nb\rc\xc2\x9b"
                "31m\xe2\x82",
                13);

    const Flip flip = from_record(record);

    EXPECT_EQ(flip.by, "?[2J??");
    EXPECT_EQ(flip.reason, "a?b?c??31m??");
}

TEST(Flip, AnUnknownStateIsReadyAsInTheKernel) {
    for (const __u32 state : {3U, 4U, 255U, ~0U}) {
        zdr_state record{};
        record.state = state;

        const Flip flip = from_record(record);

        EXPECT_EQ(flip.state, State::kReady);
        EXPECT_EQ(zdr_effective_state(&record, 0), ZDR_READY);
    }
}

TEST(Flip, WhateverTheExpiryUserSpaceAndTheKernelSayTheSame) {
    for (const __u64 expires : {__u64{0}, __u64{1}, __u64{1000}, __u64{1001}, __u64{1} << 63, ~__u64{0}}) {
        zdr_state record{};
        record.state = ZDR_DRAIN;
        record.expires_boot_ns = expires;

        const State effective = from_record(record).effective(1000ns);

        EXPECT_EQ(static_cast<__u32>(effective), zdr_effective_state(&record, 1000)) << expires;
    }
}

TEST(Flip, ANameOfAUserIsCutToItsField) {
    Flip flip;
    flip.by = std::string(100, 'u');

    EXPECT_EQ(from_record(to_record(flip)).by, std::string(ZDR_BY_SIZE - 1, 'u'));
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
    EXPECT_EQ(from_record(to_record(*longest)).reason, std::string(111, 'r'));
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

}  // namespace
}  // namespace zdr
