// Who still checks.
#include "zdr/model/checkers.h"

#include "noted_checks.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

class CheckerTest : public NotedChecks {};

TEST_F(CheckerTest, LiveUntilSilentForThreeIntervals) {
    for (int i = 1; i <= 3; ++i) note("haproxy", ZDR_REDIRECT, i * 5000ms);

    EXPECT_TRUE(only().is_live(30s, 2s));
    EXPECT_FALSE(only().is_live(30s + 1ns, 2s));
    EXPECT_TRUE(only().is_live(75s, 20s));  // the configured interval is longer
}

TEST_F(CheckerTest, TwoAsksAreNoHabit) {
    note("curl", ZDR_REDIRECT, 0ms);
    note("curl", ZDR_REDIRECT, 100s);

    EXPECT_TRUE(only().is_live(106s, 2s));
    EXPECT_FALSE(only().is_live(107s, 2s));
}

}  // namespace
}  // namespace zdr
