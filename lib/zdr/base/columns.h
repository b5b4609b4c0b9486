// How much room a text takes on a terminal, and how it is made to fit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zdr {

// The columns that a text of printable UTF-8 fills: two for a wide character (Chinese, Japanese, Korean, emoji), none
// for one that is put over the character before it, else one.
std::size_t display_width(std::string_view text);

// The text where it fits into that many columns; else its beginning and "...", of at most that many. Where not even
// these fit, the beginning alone.
std::string cut_to_width(std::string_view text, std::size_t columns);

}  // namespace zdr
