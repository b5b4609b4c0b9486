// Text from elsewhere (files, arguments, records that a group may write), made fit for one line on a terminal.
#pragma once

#include <string>
#include <string_view>

namespace zdr {

// In double quotes; whatever is not printable ASCII, and '"' and '\', as \xNN; cut with "..." after about 80
// characters. Not named quoted: for a std::string that would find std::quoted too, where <iomanip> is included.
std::string in_quotes(std::string_view text);

// The same text as UTF-8 without characters that control a terminal, show nothing or turn the direction of the text:
// '?' stands for each of them, and for each byte that is no UTF-8.
std::string printable(std::string_view text);

// Whether it is UTF-8 without control characters.
bool is_plain_text(std::string_view text);

}  // namespace zdr
