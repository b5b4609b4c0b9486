// The ports that the kernel gives to whoever asks for none in particular.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"
#include "zdr/net/nat/ranges.h"

namespace zdr {

struct EphemeralPorts {
    PortRange range;
    std::vector<PortRange> reserved{};  // of these, the ones that it does not give

    bool include(Port port) const;
    // "status port 40000-40001 is in the ephemeral range 32768-60999": what is said of status ports that it includes.
    std::string describe_status_ports(std::vector<PortRange> ports) const;
};

// As the kernel has them for this network namespace. Errors: of reading its settings, and of what they say.
Result<EphemeralPorts> ephemeral_ports();

// "2000", "2000-2001": ports with commas between, as net.ipv4.ip_local_reserved_ports has them, sorted and joined.
std::string format_ranges(std::vector<PortRange> ranges);
// The other way round; what is no range is left out.
std::vector<PortRange> parse_ranges(std::string_view text);

}  // namespace zdr
