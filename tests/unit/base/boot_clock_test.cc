// The clock of the kernel's programs, as a process in any time namespace finds it.
#include "zdr/base/boot_clock.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::chrono_literals;

TEST(BootClock, TheOffsetOfItsOwnLineAlone) {
    EXPECT_EQ(parse_boot_offset("monotonic           0         0\nboottime       100000         5\n"), 100000s + 5ns);
    EXPECT_EQ(parse_boot_offset("monotonic     7     0\nboottime    -2     1\n"), -2s + 1ns);
    EXPECT_EQ(parse_boot_offset("monotonic     7     0\n"), 0ns);
    EXPECT_EQ(parse_boot_offset("boottime x"), 0ns);
    EXPECT_EQ(parse_boot_offset(""), 0ns);
}

TEST(BootClock, TicksAndBack) {
    EXPECT_EQ(clock_ticks(12'349ms), 1234);
    EXPECT_EQ(from_clock_ticks(1234), 12'340ms);
}

}  // namespace
}  // namespace zdr
