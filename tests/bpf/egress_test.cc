// The egress program on packets that belong to no rewritten connection, before and after the first one was made.
#include "bpf_test.h"

namespace zdr::test {
namespace {

class EgressTest : public BpfTest {
  protected:
    void expect_all_untouched() {
        for (int flags = 0; flags < 256; ++flags)
            for (const std::uint16_t port : {kAppPort, kExactAppPort, kStatusPort, std::uint16_t{8080}}) {
                const Packet packet{.source_port = port, .flags = static_cast<std::uint8_t>(flags)};
                expect_untouched(zdr().egress(), packet.bytes());
                expect_untouched(zdr().egress(), v6_packet(packet).bytes());
            }
    }
};

TEST_F(EgressTest, LeavesEveryPacketAlone) {
    expect_all_untouched();
}

TEST_F(EgressTest, LeavesEveryPacketAloneAfterARewrittenOne) {
    zdr().pretend_flows();

    expect_all_untouched();
}

TEST_F(EgressTest, LeavesCutOffPacketsAlone) {
    zdr().pretend_flows();
    const Packet packet{.source_port = kAppPort};
    for (const Bytes& whole : {packet.bytes(), v6_packet(packet).bytes()})
        for (std::size_t size = kEthernet + (whole[kEthernet] >> 4 == 6 ? kIpv6 : kIpv4); size < whole.size(); ++size)
            expect_untouched(zdr().egress(), Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
}

}  // namespace
}  // namespace zdr::test
