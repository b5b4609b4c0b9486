#include "zdr/base/columns.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace zdr {
namespace {

struct CodeRange {
    std::uint32_t first;
    std::uint32_t last;
};

// Of Unicode's East Asian Width, the blocks that are wide or full-width.
constexpr auto kWide = std::to_array<CodeRange>({
    {0x1100, 0x115f},
    {0x231a, 0x231b},
    {0x23e9, 0x23ec},
    {0x2e80, 0x303e},
    {0x3041, 0xa4cf},
    {0xa960, 0xa97f},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff},
    {0x20000, 0x3fffd},
});

// Those that are put over the character before them.
constexpr auto kCombining = std::to_array<CodeRange>({
    {0x0300, 0x036f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe20, 0xfe2f},
});

bool is_in(std::span<const CodeRange> ranges, std::uint32_t code) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const CodeRange& one) { return one.first <= code && code <= one.last; });
}

// How many bytes of the text, which is not empty, are its first character.
std::size_t length_of_first(std::string_view text) {
    std::size_t out = 1;
    while (out < text.size() && (static_cast<unsigned char>(text[out]) & 0xc0) == 0x80) ++out;
    return out;
}

std::size_t width_of(std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    if (first < 0x80) return 1;
    std::uint32_t code = first & (0x7fU >> character.size());
    for (const char byte : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3f);
    return is_in(kCombining, code) ? 0 : is_in(kWide, code) ? 2 : 1;
}

// As many characters from the front as fill at most that many columns.
std::string_view beginning_of(std::string_view text, std::size_t columns) {
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        const std::size_t length = length_of_first(text.substr(bytes));
        const std::size_t width = width_of(text.substr(bytes, length));
        if (width > columns) break;
        columns -= width;
        bytes += length;
    }
    return text.substr(0, bytes);
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const std::size_t length = length_of_first(text);
        columns += width_of(text.substr(0, length));
        text.remove_prefix(length);
    }
    return columns;
}

std::string cut_to_width(std::string_view text, std::size_t columns) {
    constexpr std::string_view kDots = "...";
    const std::string_view whole = beginning_of(text, columns);
    if (whole.size() == text.size()) return std::string(text);
    if (columns <= kDots.size()) return std::string(whole);
    return std::string(beginning_of(text, columns - kDots.size())).append(kDots);
}

}  // namespace zdr
