// Ethernet frames made by hand, right or wrong, for programs that read packets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zdr::test {

using Bytes = std::vector<std::uint8_t>;

inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kAck = 0x10;

inline constexpr std::uint8_t kHopByHop = 0;
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kRouting = 43;
inline constexpr std::uint8_t kFragment = 44;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::uint8_t kAuthentication = 51;
inline constexpr std::uint8_t kIcmpV6 = 58;
inline constexpr std::uint8_t kNoNext = 59;
inline constexpr std::uint8_t kDestination = 60;

inline constexpr std::size_t kEthernet = 14;  // bytes before the IP header
inline constexpr std::size_t kIpv4 = 20;      // bytes of its header without options
inline constexpr std::size_t kIpv6 = 40;

// A packet described; bytes() makes it, with every length and checksum right. What is to be wrong is then set in them.
struct Packet {
    std::string from = "127.0.0.2";  // both IPv4, or both IPv6
    std::string to = "127.0.0.1";
    std::uint16_t source_port = 40000;
    std::uint16_t dest_port = 2000;
    std::uint8_t flags = kSyn;
    Bytes tcp_options{};  // a multiple of 4 bytes
    Bytes payload{};
    Bytes ip_options{};                      // IPv4: a multiple of 4 bytes
    std::vector<std::uint8_t> extensions{};  // IPv6: the types of the headers before TCP, 8 bytes each
    std::uint8_t protocol = kTcp;            // what IP says that the rest is

    bool is_v6() const { return from.find(':') != std::string::npos; }
    Bytes bytes() const;
};

// An IPv6 packet on loopback.
inline Packet v6_packet(Packet packet = {}) {
    packet.from = packet.to = "::1";
    return packet;
}

std::uint16_t read16(const Bytes& frame, std::size_t offset);
void write16(Bytes& frame, std::size_t offset, std::uint16_t value);
// Makes the checksum of the IPv4 header right again.
void fix_v4_checksum(Bytes& frame);

// Whether the TCP checksum of a frame is right; tcp_offset is from the frame's start.
bool has_right_tcp_checksum(const Bytes& frame, std::size_t tcp_offset);

// A readable form for failures.
std::string hex(const Bytes& frame);

}  // namespace zdr::test
