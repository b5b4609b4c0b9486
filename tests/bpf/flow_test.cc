// A rewritten connection (docs/decisions/0006), the one case in which packets are changed: its later packets on the way
// in and out, its resets, and its end when the status port is refused.
#include "bpf_test.h"

namespace zdr::test {
namespace {

constexpr std::size_t kFlags = 13;  // in the TCP header

class FlowTest : public BpfTest, public testing::WithParamInterface<const char*> {
  protected:
    Packet check(std::uint8_t flags = kSyn) const {
        Packet out{.flags = flags};
        return std::string(GetParam()) == "IPv6" ? v6_packet(out) : out;
    }
    std::size_t tcp() const { return tcp_offset_of(check()); }
    // Opens one, and returns the port that the checker has for the app.
    std::uint16_t open() const { return read16(expect_rewritten(check().bytes(), tcp()), tcp()); }
};

INSTANTIATE_TEST_SUITE_P(Family, FlowTest, testing::Values("IPv4", "IPv6"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST_P(FlowTest, KeepsItsPorts) {
    const std::uint16_t port = open();

    for (const int flags : {kSyn + 0, kAck + 0, kAck | kFin}) {
        SCOPED_TRACE(flags);
        const Bytes later = expect_rewritten(check(static_cast<std::uint8_t>(flags)).bytes(), tcp());
        EXPECT_EQ(read16(later, tcp()), port);
    }
    EXPECT_EQ(zdr().flows(), 2u);
}

TEST_P(FlowTest, EndsWithTheCheckersReset) {
    for (const int flags : {kRst | kAck, kRst + 0}) {
        const std::uint16_t port = open();

        const Bytes reset = expect_rewritten(check(static_cast<std::uint8_t>(flags)).bytes(), tcp());

        EXPECT_EQ(read16(reset, tcp()), port);
        EXPECT_EQ(zdr().flows(), 0u);
        expect_untouched(check(static_cast<std::uint8_t>(flags)).bytes());
    }
}

TEST_P(FlowTest, LeavesOtherConnectionsAlone) {
    open();

    Packet other = check(kAck);
    other.source_port = 40001;
    expect_untouched(other.bytes());
    other.dest_port = kAppPort;
    expect_untouched(other.bytes());
}

TEST_P(FlowTest, IsTurnedBackOnTheWayOut) {
    const std::uint16_t port = open();
    zdr().pretend_flows();
    Packet reply = check(kSyn | kAck);
    std::swap(reply.from, reply.to);
    reply.source_port = kAppPort;
    reply.dest_port = port;

    const Outcome outcome = run_once(zdr().egress(), reply.bytes());

    EXPECT_EQ(outcome.verdict, kPass);
    EXPECT_EQ(read16(outcome.packet, tcp()), kStatusPort);
    EXPECT_EQ(read16(outcome.packet, tcp() + 2), 40000);
    EXPECT_TRUE(has_right_tcp_checksum(outcome.packet, tcp()));
    EXPECT_EQ(zdr().counters(0).redirected, 1u);

    run_once(zdr().egress(), reply.bytes());  // sent again
    EXPECT_EQ(zdr().counters(0).redirected, 1u);

    reply.dest_port = static_cast<std::uint16_t>(port == 65535 ? 61000 : port + 1);
    expect_untouched(zdr().egress(), reply.bytes());
}

TEST_P(FlowTest, IsResetWhenItsPortIsRefused) {
    const std::uint16_t port = open();
    zdr().set_state(0, ZDR_DRAIN);

    const Outcome outcome = run_once(zdr().ingress(), check(kAck).bytes());

    EXPECT_EQ(outcome.verdict, kPass);
    EXPECT_EQ(read16(outcome.packet, tcp()), port);
    EXPECT_EQ(read16(outcome.packet, tcp() + 2), kAppPort);
    EXPECT_EQ(outcome.packet[tcp() + kFlags], kAck | kRst);
    EXPECT_TRUE(has_right_tcp_checksum(outcome.packet, tcp()));
    expect_untouched(check(kAck).bytes());
}

TEST_P(FlowTest, IsNotMadeForAnotherHost) {
    // given a host that forwards, and a packet that it would forward
    ASSERT_EQ(system("exec >/dev/null; sysctl -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 &&"
                     " ip link add d0 type veth peer d1 && ip link set d1 up && ip link set d0 up && ip route add "
                     "203.0.113.0/24 dev d0 &&"
                     " ip -6 route add 2001:db8::/64 dev d0"),
              0);
    Packet packet = check();
    packet.from = packet.is_v6() ? "2001:db8:1::1" : "198.51.100.1";
    packet.to = packet.is_v6() ? "2001:db8::9" : "203.0.113.9";

    expect_untouched(packet.bytes());
    EXPECT_EQ(zdr().counters(0).redirected, 0u);
}

TEST_P(FlowTest, BackupStatusPortIsRefusedByMaintOnly) {
    Packet packet = check();
    packet.dest_port = kBackupStatusPort;
    zdr().set_state(0, ZDR_DRAIN);
    expect_rewritten(packet.bytes(), tcp());

    zdr().set_state(0, ZDR_MAINT);
    packet.source_port = 40001;
    expect_untouched(packet.bytes());
}

}  // namespace
}  // namespace zdr::test
