#include "ctl/doctor/port_ranges.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace zdr::ctl {

std::string format_ranges(std::vector<PortRange> ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const PortRange& a, const PortRange& b) { return a.low < b.low; });
    std::vector<PortRange> joined;
    for (const PortRange& one : ranges) {
        if (!joined.empty() && one.low <= joined.back().high + 1)
            joined.back().high = std::max(joined.back().high, one.high);
        else
            joined.push_back(one);
    }
    std::string out;
    for (const PortRange& one : joined) {
        out += fmt::format("{}{}", out.empty() ? "" : ",", one.low);
        if (one.high != one.low) out += fmt::format("-{}", one.high);
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
        const auto low = std::from_chars(word.data(), end, range.low);
        if (low.ec != std::errc()) continue;
        range.high = range.low;
        if (low.ptr != end && (*low.ptr != '-' || std::from_chars(low.ptr + 1, end, range.high).ec != std::errc()))
            continue;
        out.push_back(range);
    }
    return out;
}

}  // namespace zdr::ctl
