#include "ctl/plot/rates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace zdr::ctl {
namespace {

using namespace std::chrono_literals;

// In pieces of a second.
std::vector<double> rates(const std::vector<CountPoint>& counts, std::size_t pieces = 3) {
    return rates_of(counts, {.length = 1s, .count = pieces});
}

TEST(Rates, AreOfEachPieceHoweverThePointsLie) {
    EXPECT_EQ(rates({{0ms, 0, false}, {1000ms, 10, true}, {2000ms, 30, true}, {3000ms, 30, true}}),
              (std::vector<double>{10, 20, 0}));
    // 20 in 2 s, then 10 in 1 s.
    EXPECT_EQ(rates({{0ms, 0, false}, {2000ms, 20, true}, {3000ms, 30, true}}), (std::vector<double>{10, 10, 10}));
}

TEST(Rates, AddUpToWhatWasCounted) {
    std::vector<CountPoint> counts;
    for (int i = 0; i <= 30; ++i)
        counts.push_back({100ms * i + 7ms * (i % 3), static_cast<std::uint64_t>(i * i), i != 0});
    counts.back().at = 3000ms;

    const auto all = rates(counts);

    EXPECT_NEAR(std::accumulate(all.begin(), all.end(), 0.0), 900, 0.001);
}

TEST(Rates, AreUnknownInAGapAndWhereNothingWasSeen) {
    const auto all = rates({{0ms, 0, false}, {1000ms, 10, true}, {1900ms, 20, false}, {3000ms, 31, true}}, 4);

    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0], 10);
    EXPECT_TRUE(std::isnan(all[1]));
    EXPECT_NEAR(all[2], 10, 0.001);
    EXPECT_TRUE(std::isnan(all[3]));
}

TEST(Rates, OfNoPointAndOfOneAreUnknown) {
    for (const auto& counts : {std::vector<CountPoint>{}, std::vector<CountPoint>{{0ms, 0, false}}})
        for (const double one : rates(counts)) EXPECT_TRUE(std::isnan(one));
}

TEST(Pieces, AreNeitherShortNorMany) {
    EXPECT_EQ(Pieces::of(0ms, 100).count, 0U);
    EXPECT_EQ(Pieces::of(50ms, 100).count, 1U);
    EXPECT_EQ(Pieces::of(2000ms, 100).count, 10U);
    EXPECT_EQ(Pieces::of(24h, 100).count, 100U);
}

}  // namespace
}  // namespace zdr::ctl
