// The kernel's decision, called natively: every state, role and expiry.
#include "zdr_decide.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace {

constexpr __u64 kNow = 1'000'000;

zdr_state state_of(__u16 state, __u64 expires) {
    zdr_state record{};
    record.state = state;
    record.expires_boot_ns = expires;
    return record;
}

struct Case {
    const char* what;
    __u16 state;
    __u64 expires;
    __u32 effective;
    __u32 status_port;
    __u32 backup_status_port;
};

constexpr Case kCases[] = {
    {"ready", ZDR_READY, 0, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"ready, expires later", ZDR_READY, kNow + 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"ready, expired", ZDR_READY, kNow - 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"drain", ZDR_DRAIN, 0, ZDR_DRAIN, ZDR_REFUSE, ZDR_REDIRECT},
    {"drain, expires later", ZDR_DRAIN, kNow + 1, ZDR_DRAIN, ZDR_REFUSE, ZDR_REDIRECT},
    {"drain, expires now", ZDR_DRAIN, kNow, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"drain, expired", ZDR_DRAIN, kNow - 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"drain, expires at the end of time", ZDR_DRAIN, ~__u64{0}, ZDR_DRAIN, ZDR_REFUSE, ZDR_REDIRECT},
    {"drain, expired at the first nanosecond", ZDR_DRAIN, 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"maint", ZDR_MAINT, 0, ZDR_MAINT, ZDR_REFUSE, ZDR_REFUSE},
    {"maint, expires later", ZDR_MAINT, kNow + 1, ZDR_MAINT, ZDR_REFUSE, ZDR_REFUSE},
    {"maint, expires now", ZDR_MAINT, kNow, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"maint, expired", ZDR_MAINT, kNow - 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"the start state last", ZDR_START_LAST, 0, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"an unknown state", 4, kNow + 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"the greatest unknown state", __u16{UINT16_MAX}, 0, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
};

TEST(Decide, EveryStateRoleAndExpiry) {
    for (const Case& one : kCases) {
        const zdr_state record = state_of(one.state, one.expires);

        const __u32 effective = zdr_effective_state(&record, kNow);
        const __u32 status_port = zdr_decide(ZDR_STATUS_PORT, &record, kNow);
        const __u32 backup_status_port = zdr_decide(ZDR_BACKUP_STATUS_PORT, &record, kNow);

        EXPECT_EQ(effective, one.effective) << one.what;
        EXPECT_EQ(status_port, one.status_port) << one.what;
        EXPECT_EQ(backup_status_port, one.backup_status_port) << one.what;
    }
}

TEST(Decide, NeverFlippedIsReady) {
    const zdr_state* never = nullptr;

    EXPECT_EQ(zdr_effective_state(never, kNow), ZDR_READY);
    EXPECT_EQ(zdr_decide(ZDR_STATUS_PORT, never, kNow), ZDR_REDIRECT);
    EXPECT_EQ(zdr_decide(ZDR_BACKUP_STATUS_PORT, never, kNow), ZDR_REDIRECT);
}

TEST(Decide, ALeaseEndsAtItsVeryNanosecond) {
    const zdr_state record = state_of(ZDR_DRAIN, kNow);

    EXPECT_EQ(zdr_decide(ZDR_STATUS_PORT, &record, kNow - 1), ZDR_REFUSE);
    EXPECT_EQ(zdr_decide(ZDR_STATUS_PORT, &record, kNow), ZDR_REDIRECT);
    EXPECT_EQ(zdr_decide(ZDR_STATUS_PORT, &record, std::numeric_limits<__u64>::max()), ZDR_REDIRECT);
}

TEST(Decide, AnUnknownRoleIsAsAStatusPort) {
    const zdr_state record = state_of(ZDR_DRAIN, 0);

    EXPECT_EQ(zdr_decide(2, &record, kNow), ZDR_REFUSE);
}

}  // namespace
