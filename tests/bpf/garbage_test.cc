// Random packets, always the same ones: pure noise, and checks with some bytes changed.
#include <random>

#include "bpf_test.h"

namespace zdr::test {
namespace {

class GarbageTest : public BpfTest {
  protected:
    std::uint8_t byte() { return static_cast<std::uint8_t>(random_()); }
    std::size_t below(std::size_t end) { return random_() % end; }

  private:
    std::mt19937 random_{20260101};
};

constexpr int kPackets = 100'000;
constexpr std::size_t kMostBytes = 200;

TEST_F(GarbageTest, NoiseIsUntouched) {
    zdr().pretend_flows();
    for (int i = 0; i < kPackets && !HasFailure(); ++i) {
        Bytes packet(kEthernet + kIpv6 + below(kMostBytes));
        for (std::size_t at = kEthernet; at < packet.size(); ++at) packet[at] = byte();
        write16(packet, 12, i % 2 == 0 ? 0x0800 : 0x86dd);
        if (i % 4 < 2) packet[kEthernet] = i % 2 == 0 ? 0x45 : 0x60;  // half of them get past the first look
        expect_untouched(i % 8 < 4 ? zdr().ingress() : zdr().egress(), packet);
    }

    EXPECT_EQ(zdr().flows(), 0u);
}

// While the ports are refused no connection is made, so even a change that leaves a good check leaves it untouched.
TEST_F(GarbageTest, ChangedChecksAreUntouched) {
    for (const std::uint32_t slot : {0u, 1u, 2u}) zdr().set_state(slot, ZDR_MAINT);
    const Packet check{.tcp_options = {2, 4, 5, 180}, .payload = Bytes(20, 'x')};
    const Packet v6 = v6_packet({.tcp_options = {2, 4, 5, 180}, .extensions = {kHopByHop, kDestination}});
    const Bytes checks[] = {check.bytes(), v6.bytes()};
    for (int i = 0; i < kPackets && !HasFailure(); ++i) {
        Bytes packet = checks[i % 2];
        for (std::size_t changes = 1 + below(4); changes > 0; --changes)
            packet[kEthernet + below(packet.size() - kEthernet)] = byte();
        if (i % 3 == 0) packet.resize(kEthernet + kIpv6 + below(packet.size() - kEthernet - kIpv6));
        expect_untouched(zdr().ingress(), packet);
    }

    EXPECT_EQ(zdr().flows(), 0u);
}

}  // namespace
}  // namespace zdr::test
