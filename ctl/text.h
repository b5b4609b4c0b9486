// Names and times as zdrctl shows them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace zdr::ctl {

// The columns that a text of printable UTF-8 fills, one for each character.
std::size_t width(std::string_view text);

// A server's name as messages show it: as it is where it can be a name, else quoted, escaped and cut.
std::string format_name(std::string_view name);

// A time span in its largest fitting unit, rounded down: "90s", "14m", "47h", "24d".
std::string format_span(std::chrono::seconds span);

// How long something took: "350ms", "4.2s", then as a span.
std::string format_elapsed(std::chrono::nanoseconds time);

}  // namespace zdr::ctl
