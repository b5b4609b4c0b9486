// IPv6 packets to a status port that are cut off, lie about a length, are fragments, or hide TCP too far behind.
#include "bpf_test.h"

namespace zdr::test {
namespace {

using MalformedV6Test = BpfTest;

constexpr std::size_t kPayloadLength = kEthernet + 4;
constexpr std::size_t kNextHeader = kEthernet + 6;
constexpr std::size_t kMostExtensions = 8;

Packet v6_check() {
    return v6_packet({.tcp_options = {2, 4, 5, 180, 1, 1, 1, 0}, .payload = {'G', 'E', 'T'}});
}

Packet with_extensions(std::vector<std::uint8_t> types) {
    Packet out = v6_check();
    out.extensions = std::move(types);
    return out;
}

TEST_F(MalformedV6Test, TheWholePacketIsTaken) {
    expect_rewritten(v6_check().bytes(), tcp_offset_of(v6_check()));
}

TEST_F(MalformedV6Test, CutOffAnywhere) {
    for (const Packet& packet : {v6_check(), with_extensions({kHopByHop, kDestination, kRouting, kDestination})}) {
        const Bytes whole = packet.bytes();
        std::size_t seen = 0;
        for (std::size_t size = kEthernet; size < whole.size(); ++size) {
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
            if (run_once(zdr().ingress(), cut).error == EINVAL && size < kEthernet + kIpv6) continue;
            SCOPED_TRACE(size);
            expect_untouched(cut);
            ++seen;
        }
        EXPECT_GE(seen, whole.size() - kEthernet - kIpv6);
    }
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(MalformedV6Test, Versions) {
    for (std::uint8_t version = 0; version < 16; ++version) {
        if (version == 6) continue;
        Bytes packet = v6_check().bytes();
        packet[kEthernet] = static_cast<std::uint8_t>(version << 4);
        expect_untouched(packet);
    }
}

TEST_F(MalformedV6Test, PayloadLengths) {
    const Bytes whole = v6_check().bytes();
    const std::size_t real = whole.size() - kEthernet - kIpv6;
    for (std::size_t length = 0; length <= 0xffff; length += length > real + 16 ? 97 : 1) {
        if (length >= 28 && length <= real) continue;  // TCP with its options; less payload is padding behind it
        Bytes packet = whole;
        write16(packet, kPayloadLength, static_cast<std::uint16_t>(length));
        expect_untouched(packet);
        if (HasFailure()) FAIL() << "payload length " << length;
    }
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(MalformedV6Test, TcpHeaderLengths) {
    const std::size_t place = tcp_offset_of(v6_check()) + 12;
    for (std::uint8_t words = 0; words < 16; ++words) {
        if (words >= 5 && words <= 7) continue;  // in the packet
        SCOPED_TRACE(words);
        Bytes packet = v6_check().bytes();
        packet[place] = static_cast<std::uint8_t>(words << 4);
        expect_untouched(packet);
    }
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(MalformedV6Test, ChainsOfExtensions) {
    constexpr std::uint8_t kKinds[] = {kHopByHop, kRouting, kDestination};
    for (std::size_t size = 0; size <= kMostExtensions + 4; ++size) {
        SCOPED_TRACE(size);
        Packet packet = v6_check();
        packet.source_port = static_cast<std::uint16_t>(40000 + size);
        for (std::size_t i = 0; i < size; ++i) packet.extensions.push_back(kKinds[i % 3]);
        if (size <= kMostExtensions)
            expect_rewritten(packet.bytes(), tcp_offset_of(packet));
        else
            expect_untouched(packet.bytes());
    }
}

TEST_F(MalformedV6Test, LengthsOfAnExtension) {
    const Packet packet = with_extensions({kDestination});
    for (int length = 1; length < 256; ++length) {
        Bytes frame = packet.bytes();
        frame[kEthernet + kIpv6 + 1] = static_cast<std::uint8_t>(length);
        expect_untouched(frame);
    }
}

TEST_F(MalformedV6Test, HeadersThatHideTcp) {
    for (int type = 0; type < 256; ++type) {
        const auto next = static_cast<std::uint8_t>(type);
        if (next == kTcp || next == kHopByHop || next == kRouting || next == kDestination) continue;
        SCOPED_TRACE(type);
        expect_untouched(with_extensions({next}).bytes());  // fragments, AH, ESP, unknown ones
        expect_untouched(with_extensions({kDestination, next}).bytes());
        Bytes packet = v6_check().bytes();
        packet[kNextHeader] = next;
        expect_untouched(packet);
    }
}

TEST_F(MalformedV6Test, Fragments) {
    const Packet packet = with_extensions({kFragment});
    constexpr std::size_t kField = kEthernet + kIpv6 + 2;
    for (const unsigned field : {0u, 1u, 8u, 9u, 0xfff8u, 0xfff9u}) {  // whole, first, middle and last
        Bytes frame = packet.bytes();
        write16(frame, kField, static_cast<std::uint16_t>(field));
        expect_untouched(frame);
    }
}

}  // namespace
}  // namespace zdr::test
