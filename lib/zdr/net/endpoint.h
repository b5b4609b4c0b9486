// Ports and addresses, so that no bare integer is ever one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "zdr/base/error.h"

namespace zdr {

// A TCP port, 1 to 65535.
class Port {
  public:
    // From decimal digits; anything else, 0 and more than 65535 are usage errors that show the text.
    static Result<Port> parse(std::string_view text);
    // host is 1 to 65535.
    explicit constexpr Port(std::uint16_t host) : host_(host) {}
    static Port from_network(std::uint16_t network) { return Port(__builtin_bswap16(network)); }

    std::uint16_t host() const { return host_; }
    std::uint16_t network() const { return __builtin_bswap16(host_); }
    // clang-tidy 14 takes what "<" compares the result with for a null pointer.
    auto operator<=>(const Port&) const = default;  // NOLINT(modernize-use-nullptr)

  private:
    std::uint16_t host_;
};
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Port swaps bytes for the network");

struct PortRange {
    std::uint16_t first = 0;  // 0 may stand in a rule of a firewall
    std::uint16_t last = 0;

    bool operator==(const PortRange&) const = default;
    bool has(Port port) const { return first <= port.host() && port.host() <= last; }
};

// An IPv4 or IPv6 address of one host, never unspecified. IPv4 is kept as ::ffff:a.b.c.d, as the kernel's maps have it,
// so that an IPv4 address and its v4-mapped form are one.
class Address {
  public:
    // 16 bytes in four words, network byte order, as in the ABI.
    using Words = std::array<std::uint32_t, 4>;

    // Numeric forms only ("10.0.0.1", "2001:db8::1", "[::1]"); names, 0.0.0.0, ::, multicast and an interface behind it
    // ("fe80::1%eth0") are usage errors.
    static Result<Address> parse(std::string_view text);
    explicit constexpr Address(Words words) : words_(words) {}

    const Words& words() const { return words_; }
    bool is_v4() const;
    bool is_loopback_v4() const;  // of 127.0.0.0/8, all of which are this host's; ::1 is not one of them
    std::string to_string() const;
    // As above.
    auto operator<=>(const Address&) const = default;  // NOLINT(modernize-use-nullptr)

  private:
    Words words_;
};

}  // namespace zdr
