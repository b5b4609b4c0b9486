#include "packets.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <stdexcept>

namespace zdr::test {
namespace {

constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kTcpChecksum = 16;
constexpr std::uint8_t kTtl = 64;

void append(Bytes& to, const Bytes& more) {
    to.insert(to.end(), more.begin(), more.end());
}

void append16(Bytes& to, std::size_t value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
}

Bytes address(const std::string& text) {
    const bool is_v6 = text.find(':') != std::string::npos;
    Bytes out(is_v6 ? 16 : 4);
    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, text.c_str(), out.data()) != 1)
        throw std::invalid_argument("no address: " + text);
    return out;
}

// RFC 1071, unfolded.
std::uint32_t sum(const Bytes& bytes, std::size_t from, std::size_t to) {
    std::uint32_t out = 0;
    for (std::size_t i = from; i < to; ++i) out += static_cast<std::uint32_t>(bytes[i]) << ((i - from) % 2 ? 0 : 8);
    return out;
}

std::uint16_t fold(std::uint32_t value) {
    while (value >> 16) value = (value & 0xffff) + (value >> 16);
    return static_cast<std::uint16_t>(value);
}

// Of the pseudo header and everything from tcp_offset on.
std::uint16_t tcp_sum(const Bytes& frame, std::size_t tcp_offset) {
    const bool is_v6 = frame[kEthernet] >> 4 == 6;
    const std::size_t first = kEthernet + (is_v6 ? 8 : 12);
    const std::size_t addresses = is_v6 ? 32 : 8;
    return fold(sum(frame, first, first + addresses) + kTcp + static_cast<std::uint32_t>(frame.size() - tcp_offset) +
                sum(frame, tcp_offset, frame.size()));
}

Bytes tcp_segment(const Packet& packet) {
    Bytes out;
    append16(out, packet.source_port);
    append16(out, packet.dest_port);
    out.insert(out.end(), {0, 0, 0, 1, 0, 0, 0, 0});  // sequence and acknowledgement
    out.push_back(static_cast<std::uint8_t>((kTcpHeader + packet.tcp_options.size()) / 4 << 4));
    out.push_back(packet.flags);
    append16(out, 64240);  // window
    append16(out, 0);      // checksum
    append16(out, 0);      // urgent
    append(out, packet.tcp_options);
    append(out, packet.payload);
    return out;
}

Bytes v4_header(const Packet& packet, std::size_t payload) {
    const std::size_t size = kIpv4 + packet.ip_options.size();
    Bytes out{static_cast<std::uint8_t>(0x40 | size / 4), 0};
    append16(out, size + payload);
    out.insert(out.end(), {0, 1, 0, 0, kTtl, packet.protocol, 0, 0});
    append(out, address(packet.from));
    append(out, address(packet.to));
    append(out, packet.ip_options);
    return out;
}

Bytes v6_header(const Packet& packet, std::size_t payload) {
    const auto& chain = packet.extensions;
    Bytes out{0x60, 0, 0, 0};
    append16(out, payload + chain.size() * 8);
    out.push_back(chain.empty() ? packet.protocol : chain.front());
    out.push_back(kTtl);
    append(out, address(packet.from));
    append(out, address(packet.to));
    for (std::size_t i = 0; i < chain.size(); ++i)  // the rest of each: one option that pads 4 bytes
        append(out, {i + 1 < chain.size() ? chain[i + 1] : packet.protocol, 0, 1, 4, 0, 0, 0, 0});
    return out;
}

}  // namespace

Bytes Packet::bytes() const {
    Bytes out(kEthernet - 2);  // both hardware addresses are lo's, so that the packet is for this host
    append16(out, is_v6() ? 0x86dd : 0x0800);
    const Bytes segment = tcp_segment(*this);
    append(out, is_v6() ? v6_header(*this, segment.size()) : v4_header(*this, segment.size()));
    const std::size_t tcp = out.size();
    append(out, segment);
    write16(out, tcp + kTcpChecksum, static_cast<std::uint16_t>(~tcp_sum(out, tcp)));
    if (!is_v6()) fix_v4_checksum(out);
    return out;
}

std::uint16_t read16(const Bytes& frame, std::size_t offset) {
    return static_cast<std::uint16_t>(frame.at(offset) << 8 | frame.at(offset + 1));
}

void write16(Bytes& frame, std::size_t offset, std::uint16_t value) {
    frame.at(offset) = static_cast<std::uint8_t>(value >> 8);
    frame.at(offset + 1) = static_cast<std::uint8_t>(value);
}

void fix_v4_checksum(Bytes& frame) {
    const std::size_t size = static_cast<std::size_t>(frame.at(kEthernet) & 15) * 4;
    write16(frame, kEthernet + 10, 0);
    if (kEthernet + size > frame.size()) return;
    write16(frame, kEthernet + 10, static_cast<std::uint16_t>(~fold(sum(frame, kEthernet, kEthernet + size))));
}

bool has_right_tcp_checksum(const Bytes& frame, std::size_t tcp_offset) {
    return tcp_sum(frame, tcp_offset) == 0xffff;
}

std::string hex(const Bytes& frame) {
    std::string out;
    for (const std::uint8_t byte : frame) out += fmt::format("{:02x}", byte);
    return out;
}

}  // namespace zdr::test
