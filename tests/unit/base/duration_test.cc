#include "zdr/base/duration.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::chrono_literals;

TEST(Duration, NumbersWithUnits) {
    const struct {
        std::string_view text;
        std::chrono::milliseconds time;
    } cases[] = {
        {"0s", 0ms},       {"1us", 0ms},       {"999us", 0ms},   {"1000us", 1ms},        {"1999us", 1ms},
        {"1ms", 1ms},      {"500ms", 500ms},   {"2s", 2000ms},   {"15m", 15min},         {"3h", 3h},
        {"24d", 24h * 24}, {"576h", 24 * 24h}, {"007s", 7000ms}, {"2073600s", 24 * 24h}, {"2073600000ms", 24 * 24h},
    };
    for (const auto& one : cases) {
        const auto time = parse_duration(one.text, BareNumber::kRefused);

        ASSERT_TRUE(time) << one.text << ": " << time.error().text;
        EXPECT_EQ(*time, one.time) << one.text;
    }
}

TEST(Duration, ABareNumberIsMillisecondsOnlyWhereThatIsMeant) {
    const auto in_file = parse_duration("1500", BareNumber::kMilliseconds);
    const auto on_command_line = parse_duration("1500", BareNumber::kRefused);

    ASSERT_TRUE(in_file);
    EXPECT_EQ(*in_file, 1500ms);
    ASSERT_FALSE(on_command_line);
    EXPECT_EQ(on_command_line.error().text, "\"1500\" has no unit; write us, ms, s, m, h or d after it");
}

TEST(Duration, WhatIsNoTimeIsAUsageErrorThatShowsIt) {
    for (const std::string_view text : {"", "s", "-1s", "+1s", " 1s", "1s ", "1 s", "1.5s", "1S", "1sec", "1m30s",
                                        "0x1s", "1w", "s1", "\n1s", "1\x1b[2J"}) {
        const auto time = parse_duration(text, BareNumber::kMilliseconds);

        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error().code, Errc::kUsage) << text;
        EXPECT_NE(time.error().text.find(" is not a time"), std::string::npos) << time.error().text;
        EXPECT_EQ(time.error().text.front(), '"');
        EXPECT_EQ(time.error().text.find_first_of("\n\x1b"), std::string::npos);
    }
}

TEST(Duration, MoreThanTwentyFourDaysIsRefused) {
    for (const std::string_view text :
         {"25d", "577h", "2073600001ms", "2073600000001us", "2073600001", "18446744073709551615d",
          "18446744073709551616s", "99999999999999999999999us"}) {
        const auto time = parse_duration(text, BareNumber::kMilliseconds);

        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error().code, Errc::kUsage) << text;
        EXPECT_NE(time.error().text.find("longer than 24 days"), std::string::npos) << time.error().text;
    }
}

TEST(Duration, SpansAreInTheirLargestFittingUnit) {
    using namespace std::chrono_literals;
    EXPECT_EQ(format_span(0s), "0s");
    EXPECT_EQ(format_span(119s), "119s");
    EXPECT_EQ(format_span(120s), "2m");
    EXPECT_EQ(format_span(119min), "119m");
    EXPECT_EQ(format_span(47h), "47h");
    EXPECT_EQ(format_span(24 * 24h), "24d");
}

TEST(Duration, TimesOfTheClockAreInUtc) {
    EXPECT_EQ(format_utc(1s), "1970-01-01T00:00:01Z");
    EXPECT_EQ(format_utc(253402300799s), "9999-12-31T23:59:59Z");
    EXPECT_EQ(format_utc(1709208000250ms), "2024-02-29T12:00:00.250Z");
}

}  // namespace
}  // namespace zdr
