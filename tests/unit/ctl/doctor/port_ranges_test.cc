#include "ctl/doctor/port_ranges.h"

#include <gtest/gtest.h>

namespace zdr::test {
namespace {

using ctl::PortRange;

TEST(PortRanges, AreReadAndWrittenAsTheKernelHasThem) {
    EXPECT_EQ(ctl::parse_ranges("8080,9148-9150\n"), (std::vector<PortRange>{{8080, 8080}, {9148, 9150}}));
    EXPECT_EQ(ctl::parse_ranges("\n"), std::vector<PortRange>{});
    EXPECT_EQ(ctl::format_ranges({{5, 5}, {1, 2}, {3, 3}, {1, 1}}), "1-3,5");
}

}  // namespace
}  // namespace zdr::test
