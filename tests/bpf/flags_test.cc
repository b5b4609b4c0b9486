// Each of the 256 combinations of TCP flags. Only SYN without ACK and RST opens a connection: that is taken to a ready
// server, and everything else stays as it is where there is no connection yet.
#include "bpf_test.h"

namespace zdr::test {
namespace {

using FlagsTest = BpfTest;

constexpr int kCombinations = 256;

bool opens(int flags) {
    return (flags & kSyn) != 0 && (flags & kAck) == 0 && (flags & kRst) == 0;
}

// Each comes from a port of its own, so that none meets the connection of another.
Packet with_flags(int flags, std::uint16_t dest_port) {
    return {.source_port = static_cast<std::uint16_t>(40000 + flags),
            .dest_port = dest_port,
            .flags = static_cast<std::uint8_t>(flags)};
}

TEST_F(FlagsTest, OnlyAFirstPacketIsTaken) {
    for (int flags = 0; flags < kCombinations; ++flags) {
        SCOPED_TRACE(flags);
        for (const Packet& packet : {with_flags(flags, kStatusPort), v6_packet(with_flags(flags, kStatusPort))})
            if (opens(flags))
                expect_rewritten(packet.bytes(), tcp_offset_of(packet));
            else
                expect_untouched(packet.bytes());
    }

    // Nothing was answered yet.
    EXPECT_EQ(zdr().counters(0).redirected + zdr().counters(0).refused, 0u);
}

TEST_F(FlagsTest, NoneIsTakenWhereItIsRefused) {
    zdr().set_state(0, ZDR_DRAIN);

    for (int flags = 0; flags < kCombinations; ++flags) {
        expect_untouched(with_flags(flags, kStatusPort).bytes());
        expect_untouched(v6_packet(with_flags(flags, kStatusPort)).bytes());
    }

    EXPECT_EQ(zdr().counters(0).redirected + zdr().counters(0).refused, 0u);
    EXPECT_EQ(zdr().flows(), 0u);
}

TEST_F(FlagsTest, AnotherPortIsNobodys) {
    for (int flags = 0; flags < kCombinations; ++flags)
        for (const std::uint16_t port : {kAppPort, std::uint16_t{1999}, std::uint16_t{2002}, std::uint16_t{0}}) {
            expect_untouched(with_flags(flags, port).bytes());
            expect_untouched(v6_packet(with_flags(flags, port)).bytes());
        }

    EXPECT_EQ(zdr().counters(0).redirected + zdr().counters(0).refused, 0u);
}

TEST_F(FlagsTest, AnotherAddressIsNobodys) {
    for (int flags = 0; flags < kCombinations; ++flags) expect_untouched(with_flags(flags, kExactStatusPort).bytes());

    Packet exact{.to = "127.0.0.7", .dest_port = kExactStatusPort};
    expect_rewritten(exact.bytes(), tcp_offset_of(exact), kExactAppPort);
    exact = v6_packet(exact);
    expect_rewritten(exact.bytes(), tcp_offset_of(exact), kExactAppPort);
}

}  // namespace
}  // namespace zdr::test
