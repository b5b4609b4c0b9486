#include "zdr/net/ephemeral_ports.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "zdr/base/text_file.h"

namespace zdr {

bool EphemeralPorts::include(Port port) const {
    return range.has(port) &&
           std::none_of(reserved.begin(), reserved.end(), [&](const PortRange& one) { return one.has(port); });
}

std::string EphemeralPorts::describe_status_ports(std::vector<PortRange> ports) const {
    return fmt::format("status port {} is in the ephemeral range {}-{}", format_ranges(std::move(ports)), range.first,
                       range.last);
}

Result<EphemeralPorts> ephemeral_ports() {
    auto range = read_text_file("/proc/sys/net/ipv4/ip_local_port_range");
    if (!range) return tl::unexpected(std::move(range.error()));
    const auto reserved = read_text_file("/proc/sys/net/ipv4/ip_local_reserved_ports");
    if (!reserved) return tl::unexpected(reserved.error());
    std::replace(range->begin(), range->end(), '\t', '-');
    const auto ranges = parse_ranges(*range);
    if (ranges.empty()) return fail(Errc::kFailed, "the kernel says no range of ephemeral ports");
    return EphemeralPorts{ranges.front(), parse_ranges(*reserved)};
}

std::string format_ranges(std::vector<PortRange> ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const PortRange& a, const PortRange& b) { return a.first < b.first; });
    std::vector<PortRange> joined;
    for (const PortRange& one : ranges) {
        if (!joined.empty() && one.first <= joined.back().last + 1)
            joined.back().last = std::max(joined.back().last, one.last);
        else
            joined.push_back(one);
    }
    std::string out;
    for (const PortRange& one : joined) {
        out += fmt::format("{}{}", out.empty() ? "" : ",", one.first);
        if (one.last != one.first) out += fmt::format("-{}", one.last);
    }
    return out;
}

std::vector<PortRange> parse_ranges(std::string_view text) {
    std::vector<PortRange> out;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find_first_of(",\n"));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        const char* const end = word.data() + word.size();
        PortRange range;
        const auto first = std::from_chars(word.data(), end, range.first);
        if (first.ec != std::errc()) continue;
        range.last = range.first;
        if (first.ptr != end &&
            (*first.ptr != '-' || std::from_chars(first.ptr + 1, end, range.last).ec != std::errc()))
            continue;
        if (range.first <= range.last) out.push_back(range);
    }
    return out;
}

}  // namespace zdr
