// Where a HAProxy configuration sends a server's traffic or checks: the forms of addresses that it knows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// Where HAProxy connects to.
struct HaproxyAddressSpec {
    enum class Kind {
        kAddress,
        kHost,   // a name
        kAny,    // 0.0.0.0, ::, * or nothing: the address that the client connected to
        kOther,  // a Unix socket, a file descriptor, a multicast address, nonsense
    };

    Kind kind = Kind::kOther;
    std::optional<Address> address;
    std::string host;
    std::optional<Port> port;  // none: the client's own port, perhaps with an offset
    std::string text;          // as it was written, after variables

    bool operator==(const HaproxyAddressSpec&) const = default;
};

// Of a text whose variables are expanded. What cannot be read is kOther.
HaproxyAddressSpec parse_haproxy_address_spec(std::string_view text);

// The address that HAProxy would take for a host's name. It may be asked for each server line, so it keeps what it
// found.
using HaproxyResolver = std::function<Result<Address>(const std::string& host)>;

// A number as atol() reads it, which HAProxy uses for ports and counts: whatever follows the digits is ignored, and
// without any it is 0.
long haproxy_number(const std::string& text);
// None where it is less than 1 or more than 65535.
std::optional<Port> haproxy_port(long number);

}  // namespace zdr
