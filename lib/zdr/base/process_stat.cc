#include "zdr/base/process_stat.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "zdr/base/boot_clock.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"

namespace zdr {
namespace {

// Fields of /proc/PID/stat after the name: proc(5) counts them from 3.
enum StatField : std::size_t { kState = 0, kParent = 1, kBirth = 19, kStack = 25, kFields };

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number out = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return out;
}

std::vector<std::string_view> split_fields(std::string_view text) {
    std::vector<std::string_view> out;
    while (out.size() < kFields && !text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
    const auto name_begin = text.find(" (");
    const auto name_end = text.rfind(") ");  // the name may hold anything
    if (name_begin == text.npos || name_end == text.npos || name_end < name_begin + 2) return std::nullopt;
    const auto fields = split_fields(text.substr(name_end + 2));
    const auto pid = parse_number<pid_t>(text.substr(0, name_begin));
    if (fields.size() < kFields || !pid || fields[kState] == "Z" || fields[kState] == "X") return std::nullopt;
    const auto parent = parse_number<pid_t>(fields[kParent]);
    const auto birth = parse_number<std::uint64_t>(fields[kBirth]);
    const auto stack = parse_number<std::uint64_t>(fields[kStack]);
    if (!parent || !birth || !stack) return std::nullopt;
    return ProcessStat{*pid, *parent, *birth, *stack,
                       printable(text.substr(name_begin + 2, name_end - name_begin - 2))};
}

std::optional<ProcessStat> read_process_stat(pid_t pid) {
    const auto text = read_text_file(fmt::format("/proc/{}/stat", pid));
    auto out = text ? parse_process_stat(*text) : std::nullopt;
    // The kernel tells it by this process's own clock.
    if (out) out->birth -= static_cast<std::uint64_t>(clock_ticks(boot_offset()));
    return out;
}

}  // namespace zdr
