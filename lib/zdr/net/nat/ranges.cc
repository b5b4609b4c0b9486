#include "zdr/net/nat/ranges.h"

#include <arpa/inet.h>

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string>

namespace zdr {
namespace {

using Bytes = AddressRange::Bytes;

constexpr std::size_t kV4Begin = 12;  // of an IPv4 address in its v4-mapped form
constexpr unsigned kV4Bits = kV4Begin * 8;
constexpr Bytes kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct OneAddress {
    Bytes bytes{};
    bool is_v4 = false;
};

std::optional<OneAddress> parse_address(std::string_view text) {
    const std::string terminated(text);
    OneAddress out;
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    if (inet_pton(AF_INET6, terminated.c_str(), out.bytes.data()) == 1) return out;
    out.is_v4 = true;
    out.bytes = kMapped;
    if (inet_pton(AF_INET, terminated.c_str(), out.bytes.data() + kV4Begin) != 1) return std::nullopt;
    return out;
}

AddressRange range_of(const Bytes& address, unsigned length) {
    AddressRange out{address, address};
    for (unsigned bit = length; bit < 128; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        out.first[bit / 8] &= static_cast<std::uint8_t>(~mask);
        out.last[bit / 8] |= mask;
    }
    return out;
}

// The bits of a mask such as 255.255.0.0; none: it is no mask of a prefix.
std::optional<unsigned> parse_mask(std::string_view text) {
    const auto mask = parse_address(text);
    if (!mask) return std::nullopt;
    unsigned length = 0;
    const std::size_t begin = mask->is_v4 ? kV4Begin : 0;
    for (std::size_t i = begin; i < mask->bytes.size(); ++i) {
        const auto ones = static_cast<unsigned>(std::countl_one(mask->bytes[i]));
        if (static_cast<unsigned>(std::popcount(mask->bytes[i])) != ones) return std::nullopt;
        if (ones != 0 && length != (i - begin) * 8) return std::nullopt;
        length += ones;
    }
    return length;
}

Bytes bytes_of(const Address& address) {
    Bytes out{};
    std::memcpy(out.data(), address.words().data(), out.size());
    return out;
}

}  // namespace

std::optional<std::uint16_t> parse_port_number(std::string_view text) {
    std::uint16_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<PortRange> parse_port_range(std::string_view text) {
    const std::size_t colon = text.find(':');
    const auto first = text.substr(0, colon);
    const auto last = colon == std::string_view::npos ? first : text.substr(colon + 1);
    if (first.empty() && last.empty()) return std::nullopt;
    const auto from = first.empty() ? std::optional<std::uint16_t>(0) : parse_port_number(first);
    const auto to = last.empty() ? std::optional<std::uint16_t>(65535) : parse_port_number(last);
    if (!from || !to || *from > *to) return std::nullopt;
    return PortRange{*from, *to};
}

bool AddressRange::has(const Address& address) const {
    const Bytes bytes = bytes_of(address);
    return first <= bytes && bytes <= last;
}

Address AddressRange::front() const {
    Address::Words words{};
    std::memcpy(words.data(), first.data(), sizeof words);
    return Address(words);
}

AddressRange AddressRange::all_v4() {
    return range_of(kMapped, kV4Bits);
}

std::optional<AddressRange> parse_prefix(std::string_view address, unsigned length) {
    const auto parsed = parse_address(address);
    if (!parsed || length > (parsed->is_v4 ? 32U : 128U)) return std::nullopt;
    return range_of(parsed->bytes, parsed->is_v4 ? kV4Bits + length : length);
}

std::optional<AddressRange> parse_address_range(std::string_view text) {
    if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
        const auto first = parse_address(text.substr(0, dash));
        const auto last = parse_address(text.substr(dash + 1));
        if (!first || !last || first->is_v4 != last->is_v4 || last->bytes < first->bytes) return std::nullopt;
        return AddressRange{first->bytes, last->bytes};
    }
    const std::size_t slash = text.find('/');
    const auto address = text.substr(0, slash);
    if (slash == std::string_view::npos) {
        const auto parsed = parse_address(address);
        return parsed ? std::optional(AddressRange{parsed->bytes, parsed->bytes}) : std::nullopt;
    }
    const auto mask = text.substr(slash + 1);
    if (const auto length = parse_port_number(mask)) return parse_prefix(address, *length);
    const auto length = parse_mask(mask);
    return length ? parse_prefix(address, *length) : std::nullopt;
}

}  // namespace zdr
