// IPv4 packets to a status port that are cut off, lie about a length, or are fragments: each passes as it came.
#include "bpf_test.h"

namespace zdr::test {
namespace {

using MalformedV4Test = BpfTest;

constexpr std::size_t kTotalLength = kEthernet + 2;
constexpr std::size_t kFragmentField = kEthernet + 6;
constexpr std::size_t kProtocol = kEthernet + 9;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kReserved = 0x8000;

Packet check() {
    return {.tcp_options = {2, 4, 5, 180, 1, 1, 1, 0}, .payload = {'G', 'E', 'T'}};
}

TEST_F(MalformedV4Test, TheWholePacketIsTaken) {
    expect_rewritten(check().bytes(), tcp_offset_of(check()));
}

// The first bytes are the Ethernet header's: without it the kernel runs no program.
TEST_F(MalformedV4Test, CutOffAnywhere) {
    const Bytes whole = check().bytes();
    std::size_t seen = 0;
    for (std::size_t size = kEthernet; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        if (run_once(zdr().ingress(), cut).error == EINVAL && size < kEthernet + kIpv4) continue;
        SCOPED_TRACE(size);
        expect_untouched(cut);
        ++seen;
    }

    EXPECT_GE(seen, whole.size() - kEthernet - kIpv4);
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(MalformedV4Test, HeaderLengths) {
    for (std::uint8_t words = 0; words < 16; ++words) {
        if (words == 5) continue;
        SCOPED_TRACE(words);
        Bytes packet = check().bytes();
        packet[kEthernet] = 0x40 | words;
        expect_untouched(packet);
        fix_v4_checksum(packet);
        expect_untouched(packet);
    }
}

TEST_F(MalformedV4Test, OptionsAreSkipped) {
    for (std::size_t size = 0; size <= 40; size += 4) {
        Packet packet = check();
        packet.source_port = static_cast<std::uint16_t>(40000 + size);
        packet.ip_options = Bytes(size, 1);
        expect_rewritten(packet.bytes(), tcp_offset_of(packet));
    }
}

TEST_F(MalformedV4Test, Versions) {
    for (std::uint8_t version = 0; version < 16; ++version) {
        if (version == 4) continue;
        Bytes packet = check().bytes();
        packet[kEthernet] = static_cast<std::uint8_t>(version << 4 | 5);
        expect_untouched(packet);
    }
}

TEST_F(MalformedV4Test, TotalLengths) {
    const Bytes whole = check().bytes();
    const std::size_t real = whole.size() - kEthernet;
    for (std::size_t length = 0; length <= 0xffff; length += length > real + 16 ? 97 : 1) {
        if (length >= kIpv4 + 28 && length <= real)
            continue;  // TCP with its options; less payload is padding behind it
        Bytes packet = whole;
        write16(packet, kTotalLength, static_cast<std::uint16_t>(length));
        fix_v4_checksum(packet);
        expect_untouched(packet);
        if (HasFailure()) FAIL() << "total length " << length;
    }
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(MalformedV4Test, PaddingBehindThePacketIsNoMatter) {
    Bytes packet = check().bytes();
    packet.resize(packet.size() + 30);
    const Outcome outcome = run_once(zdr().ingress(), packet);

    EXPECT_EQ(outcome.verdict, kPass);
    EXPECT_EQ(read16(outcome.packet, tcp_offset_of(check()) + 2), kAppPort);
}

TEST_F(MalformedV4Test, TcpHeaderLengths) {
    const std::size_t place = tcp_offset_of(check()) + 12;
    for (std::uint8_t words = 0; words < 16; ++words) {
        if (words >= 5 && words <= 7) continue;  // in the packet
        SCOPED_TRACE(words);
        Bytes packet = check().bytes();
        packet[place] = static_cast<std::uint8_t>(words << 4);
        expect_untouched(packet);
    }
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(MalformedV4Test, Fragments) {
    for (const unsigned fragment :
         {kMoreFragments + 0u, kMoreFragments + 1u, kMoreFragments + 185u, 1u, 185u, 0x1fffu}) {
        for (const unsigned bits : {0u, kDontFragment + 0u, kReserved + 0u}) {
            Bytes packet = check().bytes();
            write16(packet, kFragmentField, static_cast<std::uint16_t>(fragment | bits));
            fix_v4_checksum(packet);
            expect_untouched(packet);
        }
    }
}

TEST_F(MalformedV4Test, DontFragmentIsNoFragment) {
    Bytes packet = check().bytes();
    write16(packet, kFragmentField, kDontFragment);
    fix_v4_checksum(packet);

    expect_rewritten(packet, tcp_offset_of(check()));
}

TEST_F(MalformedV4Test, OtherProtocols) {
    for (int protocol = 0; protocol < 256; ++protocol) {
        if (protocol == kTcp) continue;
        Bytes packet = check().bytes();
        packet[kProtocol] = static_cast<std::uint8_t>(protocol);
        fix_v4_checksum(packet);
        expect_untouched(packet);
    }
}

}  // namespace
}  // namespace zdr::test
