// Which records are whose sessions, and which of those are active.
#include "zdr/kernel/session_records.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds kTick = 4ms;
constexpr __u32 kLongAgo = 100'000;

// "10.0.0.1" or "2001:db8::1" in a record.
void set_address(__be32 (&out)[4], const std::string& text) {
    const Address address = *Address::parse(text);
    std::memcpy(out, address.words().data(), sizeof out);
}

zdr_session session(__u64 cookie, const std::string& local, std::uint16_t local_port,
                    const std::string& remote = "10.0.0.9", std::uint16_t remote_port = 40000) {
    zdr_session out{};
    out.cookie = cookie;
    set_address(out.local, local);
    set_address(out.remote, remote);
    out.local_port = htons(local_port);
    out.remote_port = htons(remote_port);
    out.sent_ticks = kLongAgo;
    out.received_ticks = kLongAgo + 1;
    return out;
}

// The slot does not matter.
ServerEntry server(std::uint16_t port, std::initializer_list<const char*> addresses) {
    Server out;
    out.app_port = Port(port);
    for (const char* one : addresses) out.addresses.push_back(*Address::parse(one));
    return {out, 7};
}

zdr_session with_ticks(__u32 sent, __u32 received) {
    zdr_session out = session(1, "10.0.0.1", 1000);
    out.sent_ticks = sent;
    out.received_ticks = received;
    return out;
}

TEST(IsActive, WhileDataMovesAndASecondLonger) {
    EXPECT_TRUE(is_active(with_ticks(0, kLongAgo), kTick));
    EXPECT_TRUE(is_active(with_ticks(249, kLongAgo), kTick));
    EXPECT_FALSE(is_active(with_ticks(250, kLongAgo), kTick));
    EXPECT_TRUE(is_active(with_ticks(kLongAgo, 0), kTick));
}

TEST(IsActive, OnTheTimeScaleOfTheKernelsTick) {
    EXPECT_TRUE(is_active(with_ticks(99, kLongAgo), 10ms));
    EXPECT_FALSE(is_active(with_ticks(100, kLongAgo), 10ms));
    EXPECT_TRUE(is_active(with_ticks(999, kLongAgo), 1ms));
}

TEST(IsActive, WhileAnAnswerIsOwed) {
    EXPECT_TRUE(is_active(with_ticks(kLongAgo, kLongAgo - 1), kTick));
    EXPECT_FALSE(is_active(with_ticks(kLongAgo, kLongAgo + 1), kTick));
}

TEST(IsActive, WithinOneTickByTheNumbersOfBytes) {
    zdr_session same = with_ticks(kLongAgo, kLongAgo);
    EXPECT_FALSE(is_active(same, kTick));

    same.flags = ZDR_SESSION_ASKED_LAST;
    EXPECT_TRUE(is_active(same, kTick));

    zdr_session answered_later = with_ticks(kLongAgo, kLongAgo + 1);
    answered_later.flags = ZDR_SESSION_ASKED_LAST;
    EXPECT_FALSE(is_active(answered_later, kTick)) << "an acknowledgement may have got lost";
}

TEST(IsActive, WhileBytesWaitToBeReadOrDelivered) {
    zdr_session unread = session(1, "10.0.0.1", 1000);
    unread.unread = 1;
    zdr_session undelivered = session(1, "10.0.0.1", 1000);
    undelivered.undelivered = 1;

    EXPECT_TRUE(is_active(unread, kTick));
    EXPECT_TRUE(is_active(undelivered, kTick));
}

TEST(CountSessions, GoesByAddressAndPort) {
    const std::vector<ServerEntry> servers = {server(1000, {"10.0.0.1"}), server(1000, {"10.0.0.2", "2001:db8::1"}),
                                              server(1000, {}), server(1001, {})};
    const std::vector<zdr_session> records = {session(1, "10.0.0.1", 1000), session(2, "10.0.0.2", 1000),
                                              session(3, "2001:db8::1", 1000), session(4, "10.0.0.3", 1000),
                                              session(5, "10.0.0.1", 1002)};

    const auto counts = count_sessions(records, kTick, servers);

    EXPECT_EQ(counts, (std::vector<SessionCounts>{{0, 1}, {0, 2}, {0, 4}, {0, 0}}));
}

TEST(CountSessions, OfServersWithOneAppIsTheSameForBoth) {
    const std::vector<ServerEntry> servers = {server(1000, {"10.0.0.1"}), server(1000, {"10.0.0.1"})};
    const std::vector<zdr_session> records = {session(1, "10.0.0.1", 1000)};

    EXPECT_EQ(count_sessions(records, kTick, servers), (std::vector<SessionCounts>{{0, 1}, {0, 1}}));
}

TEST(CountSessions, CountsWhatIsOneConnectionOnceAndAsActiveWhereAPartIs) {
    const std::vector<ServerEntry> servers = {server(1000, {}), server(1000, {"10.0.0.1"})};
    std::vector<zdr_session> records = {session(1, "10.0.0.1", 1000), session(2, "10.0.0.1", 1000),
                                        session(1, "10.0.0.2", 1000)};
    records[2].sent_ticks = 0;

    EXPECT_EQ(count_sessions(records, kTick, servers), (std::vector<SessionCounts>{{1, 1}, {1, 1}}));
}

TEST(CountSessions, LeavesOutTheAppsEndOfACheck) {
    const std::vector<ServerEntry> servers = {server(1000, {})};
    zdr_session checker = session(1, "10.0.0.1", 40000, "10.0.0.1", 1000);
    checker.flags = ZDR_SESSION_CHECKER;
    const std::vector<zdr_session> records = {session(2, "10.0.0.1", 1000, "10.0.0.1", 40000),
                                              session(3, "10.0.0.1", 1000, "10.0.0.1", 40001), checker,
                                              session(4, "10.0.0.2", 1000, "10.0.0.1", 40000)};

    EXPECT_EQ(count_sessions(records, kTick, servers), (std::vector<SessionCounts>{{0, 2}}));
}

TEST(CountSessions, OfNothingIsNothing) {
    EXPECT_TRUE(count_sessions(std::vector<zdr_session>{}, kTick, {}).empty());
    EXPECT_TRUE(count_sessions(std::vector{session(1, "10.0.0.1", 1000)}, kTick, {}).empty());
}

TEST(KernelTick, IsThatOfOneOfTheUsualFrequencies) {
    for (const long hz : {100, 250, 300, 1000})
        if (kernel_tick() == std::chrono::nanoseconds(1'000'000'000 / hz)) return;
    FAIL() << kernel_tick().count();
}

}  // namespace
}  // namespace zdr::test
