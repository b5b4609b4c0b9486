// Ranges of ports as the kernel's settings have them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zdr::ctl {

struct PortRange {
    std::uint32_t low = 0;
    std::uint32_t high = 0;  // included

    bool operator==(const PortRange&) const = default;
};

// "2000", "2000-2001": ports with commas between, as net.ipv4.ip_local_reserved_ports has them, sorted and joined.
std::string format_ranges(std::vector<PortRange> ranges);
// The other way round; what is no range is left out.
std::vector<PortRange> parse_ranges(std::string_view text);

}  // namespace zdr::ctl
