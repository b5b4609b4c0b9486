// What each target of libFuzzer is made of.
#pragma once

#include <string_view>

namespace zdr::test {

// A target's own: does with the input what zdr does with a text from elsewhere, and requires what must hold then.
void try_input(std::string_view input);

// Ends the program where that does not hold, so that libFuzzer keeps the input. shown is what it was seen with.
void require(bool holds, std::string_view what, std::string_view shown = "");

// Requires that a text fits on one line of a terminal: UTF-8 without characters that control it, show nothing or turn
// the direction of the text.
void require_printable(std::string_view text);

// The same, and that it is a short sentence, as errors are.
void require_sentence(std::string_view text);

}  // namespace zdr::test
