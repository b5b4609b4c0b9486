// Ranges of ports and addresses, as firewalls write them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "zdr/net/endpoint.h"

namespace zdr {

// "80"; none: no number up to 65535.
std::optional<std::uint16_t> parse_port_number(std::string_view text);
// "80", "80:90", ":90" or "80:".
std::optional<PortRange> parse_port_range(std::string_view text);

// Of one family; an IPv4 address is kept as a v4-mapped one.
struct AddressRange {
    using Bytes = std::array<std::uint8_t, 16>;  // network byte order, so that they compare as numbers do

    Bytes first{};
    Bytes last{};

    bool operator==(const AddressRange&) const = default;
    bool has(const Address& address) const;
    // The first one, which may be unspecified.
    Address front() const;

    static AddressRange all_v4();
};

// "10.0.0.1", "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1-10.0.0.9" and the same of IPv6; none: it is something else.
std::optional<AddressRange> parse_address_range(std::string_view text);
// The addresses that have their first length bits in common with this one.
std::optional<AddressRange> parse_prefix(std::string_view address, unsigned length);

}  // namespace zdr
