// The fixture of the tests of programs: a network namespace with lo up, the programs loaded, and three servers.
// Packets come in on lo with an Ethernet header, as BPF_PROG_TEST_RUN makes them. The servers are published from
// containers, so the check that opens a connection to a ready server is rewritten (docs/decisions/0006): by that a test
// sees that a packet was taken. Whatever else is not of a rewritten connection
// must leave a program as it came.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "kernel_programs.h"
#include "packets.h"

namespace zdr::test {

inline constexpr int kPass = -1;  // TCX_NEXT, TC_ACT_UNSPEC: on to the next program

inline constexpr std::uint16_t kAppPort = 1000;  // of webA, on every address, slot 0
inline constexpr std::uint16_t kStatusPort = 2000;
inline constexpr std::uint16_t kBackupStatusPort = 3000;
inline constexpr std::uint16_t kExactAppPort =
    1001;  // of webB, on 127.0.0.7 alone, slot 1, and of webC, on ::1, slot 2
inline constexpr std::uint16_t kExactStatusPort = 2001;

class BpfTest : public testing::Test {
  protected:
    void SetUp() override;

    KernelPrograms& zdr() { return *zdr_; }

    void expect_untouched(int program, const Bytes& packet) const;
    // By the ingress program and by the egress program.
    void expect_untouched(const Bytes& packet) const;
    // That the ingress program made it one to the app port, from a port of its own; what it made.
    Bytes expect_rewritten(const Bytes& packet, std::size_t tcp_offset, std::uint16_t app_port = kAppPort) const;

  private:
    std::optional<KernelPrograms> zdr_;
};

// Where the TCP header of a described packet is, from the frame's start.
std::size_t tcp_offset_of(const Packet& packet);

}  // namespace zdr::test
