#include "fuzz_target.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    zdr::test::try_input({reinterpret_cast<const char*>(data), size});
    return 0;
}

namespace zdr::test {
namespace {

// Not the product's own reader of UTF-8, which is what is tested here. 0: it is none.
char32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t more = first < 0x80 ? 0 : first >> 5 == 6 ? 1 : first >> 4 == 14 ? 2 : first >> 3 == 30 ? 3 : 9;
    if (more >= text.size()) return 0;
    char32_t out = more == 0 ? first : first & (0x3fU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >> 6 != 2) return 0;
        out = out << 6 | (byte & 0x3fU);
    }
    text.remove_prefix(more + 1);
    constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    return out < kLeast[more] || out > 0x10ffff || (out >= 0xd800 && out <= 0xdfff) ? 0 : out;
}

bool is_harmless(char32_t one) {
    const bool is_control = one < 0x20 || (one >= 0x7f && one < 0xa0);
    const bool is_bidirectional = one == 0x61c || one == 0x200e || one == 0x200f || (one >= 0x202a && one <= 0x202e) ||
                                  (one >= 0x2066 && one <= 0x2069);
    const bool is_break = one == 0x2028 || one == 0x2029;
    const bool is_invisible = one == 0xad || one == 0x200b || one == 0x200c || one == 0x200d || one == 0x2060 ||
                              one == 0xfeff || one == 0x3164 || (one >= 0xe0000 && one <= 0xe007f);
    return !is_control && !is_bidirectional && !is_break && !is_invisible;
}

}  // namespace

void require(bool holds, std::string_view what, std::string_view shown) {
    if (holds) return;
    std::fprintf(stderr, "%.*s:\n%.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(shown.size()),
                 shown.data());
    std::abort();
}

void require_printable(std::string_view text) {
    for (std::string_view rest = text; !rest.empty();)
        require(is_harmless(take_character(rest)), "not fit for a terminal", text);
}

void require_sentence(std::string_view text) {
    require(!text.empty() && text.size() <= 600, "no short sentence", text);
    require_printable(text);
}

}  // namespace zdr::test
