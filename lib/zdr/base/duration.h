// Times as people and HAProxy write them: "500ms", "2s", "15m".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "zdr/base/error.h"

namespace zdr {

// How a number without a unit is taken: HAProxy's configuration means milliseconds; a command line must name the unit.
enum class BareNumber { kMilliseconds, kRefused };

inline constexpr std::chrono::milliseconds kLongestDuration = std::chrono::days(24);  // as in HAProxy

// A whole number and a unit (us, ms, s, m, h, d), rounded down to milliseconds, at most kLongestDuration. Usage errors
// show the text.
Result<std::chrono::milliseconds> parse_duration(std::string_view text, BareNumber bare);

// As zdr.conf has it, in seconds where that is exact: "2s", "1500ms".
std::string format_duration(std::chrono::milliseconds time);

// A time span in its largest fitting unit, rounded down: "90s", "14m", "47h", "24d".
std::string format_span(std::chrono::seconds span);

// How long something took: "350ms", "4.2s", then as a span.
std::string format_elapsed(std::chrono::nanoseconds time);

// RFC 3339, in UTC, of a time since 1970 and before the year 10000: "2026-11-30T12:00:00Z", with milliseconds
// "2026-11-30T12:00:00.250Z".
std::string format_utc(std::chrono::seconds unix_time);
std::string format_utc(std::chrono::milliseconds unix_time);

}  // namespace zdr
