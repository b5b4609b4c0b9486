#include "ctl/text.h"

#include <fmt/core.h>

#include "zdr/base/text.h"
#include "zdr/model/server.h"

namespace zdr::ctl {

std::size_t width(std::string_view text) {
    std::size_t columns = 0;
    for (const char byte : text) columns += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    return columns;
}

std::string format_name(std::string_view name) {
    return check_name(name) ? std::string(name) : in_quotes(name);
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

}  // namespace zdr::ctl
