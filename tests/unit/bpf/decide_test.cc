// The kernel's decision, called natively: every state, role and expiry.
#include "zdr_decide.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "support/decide.h"

namespace zdr::test {
namespace {

constexpr __u64 kMs = 1'000'000;   // ns
constexpr __u64 kNow = 1'000'000;  // ms
constexpr __u64 kEndOfTime = (__u64{1} << 48) - 1;

zdr_state state_of(__u8 state, __u64 expires) {
    zdr_state record{};
    record.state = state;
    record.expires_boot_ms = expires & kEndOfTime;
    return record;
}

struct Case {
    const char* what;
    __u8 state;
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
    {"drain, expires at the end of time", ZDR_DRAIN, kEndOfTime, ZDR_DRAIN, ZDR_REFUSE, ZDR_REDIRECT},
    {"drain, expired at the first millisecond", ZDR_DRAIN, 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"maint", ZDR_MAINT, 0, ZDR_MAINT, ZDR_REFUSE, ZDR_REFUSE},
    {"maint, expires later", ZDR_MAINT, kNow + 1, ZDR_MAINT, ZDR_REFUSE, ZDR_REFUSE},
    {"maint, expires now", ZDR_MAINT, kNow, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"maint, expired", ZDR_MAINT, kNow - 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"the start state last", ZDR_START_LAST, 0, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"an unknown state", 4, kNow + 1, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
    {"the greatest unknown state", __u8{UINT8_MAX}, 0, ZDR_READY, ZDR_REDIRECT, ZDR_REDIRECT},
};

TEST(Decide, EveryStateRoleAndExpiry) {
    for (const Case& one : kCases) {
        const zdr_state record = state_of(one.state, one.expires);

        const __u32 effective = zdr_effective_state(&record, kNow * kMs);
        const __u32 status_port = verdict_on(ZDR_STATUS_PORT, &record, kNow * kMs);
        const __u32 backup_status_port = verdict_on(ZDR_BACKUP_STATUS_PORT, &record, kNow * kMs);

        EXPECT_EQ(effective, one.effective) << one.what;
        EXPECT_EQ(status_port, one.status_port) << one.what;
        EXPECT_EQ(backup_status_port, one.backup_status_port) << one.what;
    }
}

TEST(Decide, NeverFlippedIsReady) {
    const zdr_state* never = nullptr;

    EXPECT_EQ(zdr_effective_state(never, kNow * kMs), ZDR_READY);
    EXPECT_EQ(verdict_on(ZDR_STATUS_PORT, never, kNow * kMs), ZDR_REDIRECT);
    EXPECT_EQ(verdict_on(ZDR_BACKUP_STATUS_PORT, never, kNow * kMs), ZDR_REDIRECT);
}

TEST(Decide, ALeaseEndsAtItsVeryMillisecond) {
    const zdr_state record = state_of(ZDR_DRAIN, kNow);

    EXPECT_EQ(verdict_on(ZDR_STATUS_PORT, &record, kNow * kMs - 1), ZDR_REFUSE);
    EXPECT_EQ(verdict_on(ZDR_STATUS_PORT, &record, kNow * kMs), ZDR_REDIRECT);
    EXPECT_EQ(verdict_on(ZDR_STATUS_PORT, &record, std::numeric_limits<__u64>::max()), ZDR_REDIRECT);
}

TEST(Decide, AnUnknownRoleIsAsAStatusPort) {
    EXPECT_EQ(verdict_on(3, nullptr, kNow * kMs), ZDR_REDIRECT);
    const zdr_state record = state_of(ZDR_DRAIN, 0);

    EXPECT_EQ(verdict_on(3, &record, kNow * kMs), ZDR_REFUSE);
}

zdr_target target_of(__u8 role) {
    zdr_target target{};
    target.app_port = htons(1000);
    target.role = role;
    return target;
}

// Where a connection is led; 0: nowhere.
std::uint16_t port_of(__u8 role, const zdr_ways* ways, const zdr_state& state) {
    const zdr_target target = target_of(role);
    const zdr_decision decision = zdr_decide(&target, ways, &state, kNow * kMs);
    return decision.verdict == ZDR_REFUSE ? std::uint16_t{0} : ntohs(decision.port);
}

constexpr __u8 kRoles[] = {ZDR_STATUS_PORT, ZDR_BACKUP_STATUS_PORT, ZDR_TRAFFIC_PORT};

TEST(Decide, AnInstanceIsActiveOnlyWhereRootLetsItListen) {
    const zdr_ways ways{.first_instance = 21000, .last_instance = 21009, .drain_port = 0, .zero = 0};
    const zdr_ways none{};
    const struct {
        std::uint16_t written;
        std::uint16_t expected;
    } cases[] = {{0, 1000},      {1, 1000},      {1000, 1000},  {20999, 1000},
                 {21000, 21000}, {21009, 21009}, {21010, 1000}, {65535, 1000}};
    for (const auto& one : cases)
        for (const __u8 role : kRoles) {
            zdr_state state = state_of(ZDR_READY, 0);
            state.active_port = one.written;

            EXPECT_EQ(port_of(role, &ways, state), one.expected) << one.written;
            EXPECT_EQ(port_of(role, &none, state), 1000) << one.written << ", a server without instances";
            EXPECT_EQ(port_of(role, nullptr, state), 1000) << one.written << ", no ways";
        }
}

TEST(Decide, TrafficIsNeverRefused) {
    const zdr_ways ways{.first_instance = 21000, .last_instance = 21009, .drain_port = htons(4404), .zero = 0};
    for (const __u32 state : {ZDR_READY, ZDR_DRAIN, ZDR_MAINT}) {
        zdr_state record = state_of(static_cast<__u8>(state), 0);
        record.active_port = 21001;

        EXPECT_EQ(port_of(ZDR_TRAFFIC_PORT, &ways, record), 21001) << state;
    }
}

TEST(Decide, ADrainPortIsForTheStatusPortInDrainAlone) {
    const zdr_ways ways{.first_instance = 0, .last_instance = 0, .drain_port = htons(4404), .zero = 0};
    const auto ports = [&](__u8 state) {
        std::vector<std::uint16_t> out;
        for (const __u8 role : kRoles) out.push_back(port_of(role, &ways, state_of(state, 0)));
        return out;
    };
    const zdr_target target = target_of(ZDR_STATUS_PORT);
    const zdr_state drain = state_of(ZDR_DRAIN, 0);

    EXPECT_EQ(ports(ZDR_READY), (std::vector<std::uint16_t>{1000, 1000, 1000}));
    EXPECT_EQ(ports(ZDR_DRAIN), (std::vector<std::uint16_t>{4404, 1000, 1000}));
    EXPECT_EQ(ports(ZDR_MAINT), (std::vector<std::uint16_t>{0, 0, 1000}));
    EXPECT_EQ(zdr_decide(&target, &ways, &drain, kNow * kMs).verdict, ZDR_SOFTEN);
}

}  // namespace
}  // namespace zdr::test
