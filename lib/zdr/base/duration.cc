#include "zdr/base/duration.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "zdr/base/text.h"

namespace zdr {
namespace {

using std::chrono::microseconds;

struct Unit {
    std::string_view name;
    microseconds length;
};

constexpr std::array<Unit, 6> kUnits = {{{"us", microseconds(1)},
                                         {"ms", std::chrono::milliseconds(1)},
                                         {"s", std::chrono::seconds(1)},
                                         {"m", std::chrono::minutes(1)},
                                         {"h", std::chrono::hours(1)},
                                         {"d", std::chrono::days(1)}}};

std::string format_date_and_time(std::chrono::seconds unix_time) {
    const std::time_t time = unix_time.count();
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[sizeof "2026-11-30T12:00:00"];
    return {text, std::strftime(text, sizeof text, "%FT%T", &parts)};
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text, BareNumber bare) {
    const auto refuse = [&](std::string_view why) {
        return fail(Errc::kUsage, fmt::format("{} {}", in_quotes(text), why));
    };
    constexpr std::string_view kNoTime = "is not a time; write a number and a unit, such as 500ms, 2s or 15m";

    unsigned long long count = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error == std::errc::invalid_argument) return refuse(kNoTime);
    std::string_view name(stop, static_cast<std::size_t>(end - stop));
    if (name.empty() && bare == BareNumber::kRefused) return refuse("has no unit; write us, ms, s, m, h or d after it");
    if (name.empty()) name = "ms";
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) { return one.name == name; });
    if (unit == kUnits.end()) return refuse(kNoTime);
    if (error == std::errc::result_out_of_range ||
        count > static_cast<unsigned long long>(kLongestDuration / unit->length))
        return refuse("is longer than 24 days");
    return std::chrono::floor<std::chrono::milliseconds>(static_cast<long long>(count) * unit->length);
}

std::string format_duration(std::chrono::milliseconds time) {
    return time.count() % 1000 == 0 ? fmt::format("{}s", time.count() / 1000) : fmt::format("{}ms", time.count());
}

std::string format_span(std::chrono::seconds span) {
    using std::chrono::days, std::chrono::hours, std::chrono::minutes;
    const auto in = [&](auto unit, char letter) {
        return fmt::format("{}{}", std::chrono::duration_cast<decltype(unit)>(span).count(), letter);
    };
    if (span < minutes(2)) return in(std::chrono::seconds(), 's');
    if (span < hours(2)) return in(minutes(), 'm');
    if (span < days(2)) return in(hours(), 'h');
    return in(days(), 'd');
}

std::string format_elapsed(std::chrono::nanoseconds time) {
    using std::chrono::duration_cast;
    const auto milliseconds = duration_cast<std::chrono::milliseconds>(time).count();
    if (milliseconds < 1000) return fmt::format("{}ms", milliseconds);
    const auto tenths = milliseconds / 100;
    if (milliseconds >= 60'000 || tenths % 10 == 0) return format_span(duration_cast<std::chrono::seconds>(time));
    return fmt::format("{}.{}s", tenths / 10, tenths % 10);
}

std::string format_utc(std::chrono::seconds unix_time) {
    return format_date_and_time(unix_time) + "Z";
}

std::string format_utc(std::chrono::milliseconds unix_time) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(unix_time);
    return fmt::format("{}.{:03}Z", format_date_and_time(whole), (unix_time - whole).count());
}

}  // namespace zdr
