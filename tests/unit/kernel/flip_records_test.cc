// A flip as the kernel's map keeps it, whoever wrote the record.
#include "zdr/kernel/flip_records.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "zdr_decide.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

Flip there_and_back(const Flip& flip) {
    return from_records(to_state_record(flip, 7), to_flip_record(flip, 7));
}

TEST(FlipRecord, AFlipAndBack) {
    for (const State state : {State::kReady, State::kDrain, State::kMaint}) {
        const Flip flip{.state = state,
                        .expires_boot = 90s,
                        .since_boot = 30s,
                        .since_unix = 1'700'000'000s,
                        .uid = 1000,
                        .by = "deploy",
                        .reason = "release 42 \xe2\x82\xac"};

        const Flip back = there_and_back(flip);

        EXPECT_EQ(back.state, flip.state);
        EXPECT_EQ(back.expires_boot, flip.expires_boot);
        EXPECT_EQ(back.since_boot, flip.since_boot);
        EXPECT_EQ(back.since_unix, flip.since_unix);
        EXPECT_EQ(back.uid, flip.uid);
        EXPECT_EQ(back.by, flip.by);
        EXPECT_EQ(back.reason, flip.reason);
    }
}

TEST(FlipRecord, WithoutAnEndNothingExpires) {
    Flip flip;
    flip.state = State::kDrain;

    const zdr_state record = to_state_record(flip, 1);

    EXPECT_EQ(record.expires_boot_ms, 0U);
    EXPECT_EQ(from_records(record, {}).expires_boot, std::nullopt);
    EXPECT_EQ(flip.effective(std::chrono::nanoseconds::max()), State::kDrain);
}

TEST(FlipRecord, AnEmptyRecordIsReadyAndNeverFlipped) {
    const Flip flip = from_records(zdr_state{}, {});

    EXPECT_EQ(flip.state, State::kReady);
    EXPECT_EQ(flip.since_boot, 0ns);
    EXPECT_EQ(flip.since_unix, 0ns);
    EXPECT_EQ(flip.by, "");
    EXPECT_EQ(flip.reason, "");
}

TEST(FlipRecord, WhoMadeAnotherFlipIsNotToldOfThisOne) {
    Flip flip;
    flip.state = State::kDrain;
    flip.since_boot = 30s;
    flip.by = "deploy";
    flip.holder = Holder{1, 2, 3};

    const Flip back = from_records(to_state_record(flip, 2), to_flip_record(flip, 1));

    EXPECT_EQ(back.state, State::kDrain);
    EXPECT_GT(back.since_boot, 0ns) << "sometime";
    EXPECT_LT(back.since_boot, 1s);
    EXPECT_EQ(back.by, "");
    EXPECT_FALSE(back.holder);
}

TEST(FlipRecord, TextsWithoutNulsStayInTheirFields) {
    zdr_state state{};
    zdr_flip record;
    std::memset(&record, 'x', sizeof record);
    state.flip = record.flip;

    const Flip flip = from_records(state, record);

    EXPECT_EQ(flip.by, std::string(ZDR_BY_SIZE, 'x'));
    EXPECT_EQ(flip.reason, std::string(ZDR_REASON_SIZE, 'x'));
}

TEST(FlipRecord, AHostileRecordShowsNoControlCharacters) {
    zdr_flip record{};
    std::memcpy(record.by, "\x1b[2J\xff\x7f", 6);
    std::memcpy(record.reason,
                "a\nb\rc\xc2\x9b"
                "31m\xe2\x82",
                13);

    const Flip flip = from_records(
        zdr_state{.lock = {}, .state = ZDR_DRAIN, .flags = 0, .flip = 0, .expires_boot_ms = 0, .active_port = 0},
        record);

    EXPECT_EQ(flip.by, "?[2J??");
    EXPECT_EQ(flip.reason, "a?b?c??31m??");
}

TEST(FlipRecord, AnUnknownStateIsReadyAsInTheKernel) {
    for (const __u8 state : {__u8{3}, __u8{4}, __u8{UINT8_MAX}}) {
        zdr_state record{};
        record.state = state;

        const Flip flip = from_records(record, {});

        EXPECT_EQ(flip.state, State::kReady);
        EXPECT_EQ(zdr_effective_state(&record, 0), ZDR_READY);
    }
}

TEST(FlipRecord, WhateverTheExpiryUserSpaceAndTheKernelSayTheSame) {
    for (const __u64 expires : {__u64{0}, __u64{1}, __u64{1000}, __u64{1001}, __u64{1} << 47, __u64{kTimeBits}}) {
        zdr_state record{};
        record.state = ZDR_DRAIN;
        record.expires_boot_ms = expires & kTimeBits;

        const State effective = from_records(record, {}).effective(1000ms);

        EXPECT_EQ(static_cast<__u32>(effective), zdr_effective_state(&record, 1000 * 1000000)) << expires;
    }
}

TEST(FlipRecord, ANameOfAUserIsCutToItsField) {
    Flip flip;
    flip.by = std::string(100, 'u');

    EXPECT_EQ(there_and_back(flip).by, std::string(ZDR_BY_SIZE - 1, 'u'));
}

TEST(FlipRecord, TheLongestReasonIsKeptWhole) {
    Flip flip;
    flip.reason = std::string(kLongestReason, 'r');

    EXPECT_EQ(there_and_back(flip).reason, flip.reason);
}

}  // namespace
}  // namespace zdr
