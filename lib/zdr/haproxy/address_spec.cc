#include "zdr/haproxy/address_spec.h"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace zdr {
namespace {

struct Prefix {
    std::string_view text;
    enum class Family { kAny, kV4, kV6, kOther } family;
};

// The longest first where one begins another.
constexpr auto kPrefixes = std::to_array<Prefix>({
    {"ipv4@", Prefix::Family::kV4},
    {"ipv6@", Prefix::Family::kV6},
    {"ip@", Prefix::Family::kAny},
    {"tcp4@", Prefix::Family::kV4},
    {"tcp6@", Prefix::Family::kV6},
    {"tcp@", Prefix::Family::kAny},
    {"mptcp4@", Prefix::Family::kV4},
    {"mptcp6@", Prefix::Family::kV6},
    {"mptcp@", Prefix::Family::kAny},
    {"/", Prefix::Family::kOther},
});

// Takes the prefix off.
Prefix::Family take_family(std::string_view& text) {
    if (text.starts_with("stream+")) text.remove_prefix(7);
    for (const Prefix& prefix : kPrefixes) {
        if (!text.starts_with(prefix.text)) continue;
        text.remove_prefix(prefix.text.size());
        return prefix.family;
    }
    return text.find('@') == std::string_view::npos ? Prefix::Family::kAny : Prefix::Family::kOther;
}

// As HAProxy takes them for names; those that begin with '_' are DNS SRV records.
bool is_host(std::string_view text) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !text.empty() && text.size() < 256 && text.front() != '_' &&
           text.find_first_not_of(kAllowed) == std::string_view::npos;
}

void set_host(std::string_view host, Prefix::Family family, HaproxyAddressSpec& spec) {
    if (host.size() >= 4 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const auto address = Address::parse(host);
    if (address) {
        // A v4-mapped address is an IPv6 address as it is written.
        const bool v6 = host.find(':') != std::string_view::npos;
        if (family == (v6 ? Prefix::Family::kV4 : Prefix::Family::kV6)) return;
        spec.kind = HaproxyAddressSpec::Kind::kAddress;
        spec.address = *address;
    } else if (host.empty() || host == "*" || host == "::" || host == "0.0.0.0") {
        spec.kind = HaproxyAddressSpec::Kind::kAny;
    } else if (is_host(host) && host.find_first_not_of("0123456789.") != std::string_view::npos) {
        spec.kind = HaproxyAddressSpec::Kind::kHost;
        spec.host = host;
    }
}

}  // namespace

long haproxy_number(const std::string& text) {
    return std::strtol(text.c_str(), nullptr, 10);
}

std::optional<Port> haproxy_port(long number) {
    if (number < 1 || number > 65535) return std::nullopt;
    return Port(static_cast<std::uint16_t>(number));
}

HaproxyAddressSpec parse_haproxy_address_spec(std::string_view text) {
    HaproxyAddressSpec spec;
    spec.text = text;
    const Prefix::Family family = take_family(text);
    if (family == Prefix::Family::kOther) return spec;

    // The last ':' begins the port, unless a ']' follows it.
    const std::size_t at = text.find_last_of(":]");
    std::string_view port;
    if (at != std::string_view::npos && text[at] == ':') {
        port = text.substr(at + 1);
        text = text.substr(0, at);
    }
    const bool is_offset = port.starts_with('+') || port.starts_with('-');
    const bool is_number = !port.empty() && port.front() >= '0' && port.front() <= '9';
    if (!port.empty() && !is_offset && !is_number) return spec;
    if (is_number && port.find('-') != std::string_view::npos) return spec;
    if (is_number) {
        const long value = haproxy_number(std::string(port));
        spec.port = haproxy_port(value);
        if (value != 0 && !spec.port) return spec;
    }
    set_host(text, family, spec);
    return spec;
}

}  // namespace zdr
