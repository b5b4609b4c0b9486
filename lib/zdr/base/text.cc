#include "zdr/base/text.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace zdr {
namespace {

struct CharacterRange {
    std::uint32_t first;
    std::uint32_t last;
};

// What shows nothing, or changes how the text around it is shown: Unicode's Default_Ignorable_Code_Point, and what else
// breaks lines or steers directions.
constexpr auto kInvisible = std::to_array<CharacterRange>({
    {0x00ad, 0x00ad},
    {0x034f, 0x034f},
    {0x061c, 0x061c},
    {0x115f, 0x1160},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xfff0, 0xfffb},
    {0x1bca0, 0x1bca3},
    {0x1d173, 0x1d17a},
    {0xe0000, 0xe0fff},
});

bool is_invisible(std::uint32_t character) {
    return std::any_of(kInvisible.begin(), kInvisible.end(),
                       [&](const CharacterRange& one) { return one.first <= character && character <= one.last; });
}

struct Utf8Character {
    std::size_t length;  // bytes; 0: a control character, or no UTF-8
    std::uint32_t code;
};

// That with which text (not empty) begins.
Utf8Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    if (byte(0) < 0x80) return {byte(0) >= 0x20 && byte(0) != 0x7f ? 1U : 0U, byte(0)};

    constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0xa0, 0x800, 0x10000};  // below 0xa0: C1 control characters
    const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc0 ? 2 : 0;
    if (length == 0 || byte(0) >= 0xf8 || text.size() < length) return {0, 0};
    std::uint32_t character = byte(0) & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {0, 0};
        character = (character << 6) | (byte(i) & 0x3f);
    }
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    const bool is_character = character >= kLeast[length] && character <= 0x10ffff && !surrogate;
    return {is_character ? length : 0, character};
}

}  // namespace

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kLongestShown = 80;
    std::string out = "\"";
    for (const char byte : text) {
        if (out.size() > kLongestShown) return out + "...\"";
        const auto value = static_cast<unsigned char>(byte);
        if (value < 0x20 || value >= 0x7f || byte == '"' || byte == '\\')
            out += fmt::format("\\x{:02x}", value);
        else
            out += byte;
    }
    return out + "\"";
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const Utf8Character one = first_character(text);
        out += one.length == 0 || is_invisible(one.code) ? "?" : text.substr(0, one.length);
        text.remove_prefix(std::max<std::size_t>(one.length, 1));
    }
    return out;
}

bool is_plain_text(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character one = first_character(text);
        if (one.length == 0) return false;
        text.remove_prefix(one.length);
    }
    return true;
}

}  // namespace zdr
