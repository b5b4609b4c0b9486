// What is no TCP, or not for this host on the link, is nobody's business here.
#include "bpf_test.h"

namespace zdr::test {
namespace {

using OtherProtocolTest = BpfTest;

constexpr std::size_t kEtherType = 12;

TEST_F(OtherProtocolTest, UdpToAStatusPort) {
    Packet packet{.payload = Bytes(64)};
    packet.protocol = kUdp;
    expect_untouched(packet.bytes());
    expect_untouched(v6_packet(packet).bytes());
}

TEST_F(OtherProtocolTest, Icmp) {
    Packet packet;
    packet.protocol = kIcmp;
    expect_untouched(packet.bytes());
    packet.protocol = kIcmpV6;
    expect_untouched(v6_packet(packet).bytes());
}

TEST_F(OtherProtocolTest, IPsec) {
    for (const std::uint8_t protocol : {kAuthentication, kEsp, kNoNext}) {
        Packet packet;
        packet.protocol = protocol;
        expect_untouched(packet.bytes());
        expect_untouched(v6_packet(packet).bytes());
    }
}

TEST_F(OtherProtocolTest, EveryEtherType) {
    for (unsigned type = 0; type <= 0xffff; type += 7) {
        if (type == 0x0800 || type == 0x86dd) continue;
        Bytes packet = Packet{}.bytes();
        write16(packet, kEtherType, static_cast<std::uint16_t>(type));
        expect_untouched(zdr().ingress(), packet);
        if (HasFailure()) FAIL() << type;
    }
}

TEST_F(OtherProtocolTest, TheOtherFamilysEtherType) {
    Bytes packet = Packet{}.bytes();
    packet.resize(kEthernet + kIpv6 + 20);  // long enough to be looked at as IPv6
    write16(packet, kEtherType, 0x86dd);
    expect_untouched(packet);
    packet = v6_packet().bytes();
    write16(packet, kEtherType, 0x0800);
    expect_untouched(packet);
}

TEST_F(OtherProtocolTest, AnothersOnTheLink) {
    for (const int first : {0x02, 0x01, 0xff}) {  // another host's address, a group's, everybody's
        Bytes packet = Packet{}.bytes();
        for (std::size_t i = 0; i < 6; ++i) packet[i] = static_cast<std::uint8_t>(first);
        expect_untouched(packet);
    }
}

TEST_F(OtherProtocolTest, TaggedForAVlan) {
    Bytes packet = Packet{}.bytes();
    const Bytes tag{0x81, 0x00, 0x00, 0x05};
    packet.insert(packet.begin() + kEtherType, tag.begin(), tag.end());

    expect_untouched(packet);
}

}  // namespace
}  // namespace zdr::test
