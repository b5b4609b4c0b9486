// How the benchmark judges: a wrong verdict would be believed.
#include "record.h"

#include <gtest/gtest.h>

namespace zdr::bench {
namespace {

TEST(Record, AMarkIsJudgedByTheMedian) {
    Record record = record_of("part", "name", "zdr", "ms", {1, 2, 300});

    record.mark = at_most(2);
    EXPECT_EQ(is_kept(record), true);
    record.mark = at_most(1.9);
    EXPECT_EQ(is_kept(record), false);
    record.mark = at_least(2);
    EXPECT_EQ(is_kept(record), true);
}

TEST(Record, WithoutAMarkNothingIsKept) {
    const Record record = record_of("part", "name", "zdr", "ms", {1});

    EXPECT_EQ(is_kept(record), std::nullopt);
    EXPECT_TRUE(nlohmann::json(record)["kept"].is_null());
}

TEST(Record, ARatioIsThatOfThePairs) {
    Record record = record_of("part", "name", "zdr", "ms", {2, 20, 30});

    record.compared = ratio_to("/bin/true", {2, 20, 30}, {1, 20, 60});
    record.mark = at_most(1, "compared");

    EXPECT_DOUBLE_EQ(record.compared->spread.median, 1);
    EXPECT_EQ(is_kept(record), true);
}

TEST(Record, AMarkOfAComparisonThatIsMissingIsNotKept) {
    Record record = record_of("part", "name", "zdr", "ms", {1});

    record.mark = at_most(1, "compared");

    EXPECT_EQ(is_kept(record), std::nullopt);
}

TEST(Record, CostsAreComparedByWhatTheyAreBeyondTheBase) {
    // given: a process that does nothing takes 2; the others are what came on top of that
    const std::vector<double> peer(100, 40);
    const std::vector<double> zdr(100, 0.5);

    Record record = record_of("part", "name", "iptables", "ms", peer);
    record.compared = ratio_of_costs("zdrctl", peer, zdr);
    record.mark = at_least(80, "compared");

    ASSERT_TRUE(record.compared);
    EXPECT_DOUBLE_EQ(record.compared->spread.median, 80);
    EXPECT_EQ(is_kept(record), true);
}

TEST(Record, TheConfidenceOfARatioOfCostsIsThatOfBoth) {
    std::vector<double> peer;
    std::vector<double> zdr;
    for (int i = 0; i < 100; ++i) {
        peer.push_back(40 + i % 2);
        zdr.push_back(i % 2 == 0 ? 0.4 : 0.5);
    }

    const auto compared = ratio_of_costs("zdrctl", peer, zdr);

    ASSERT_TRUE(compared);
    EXPECT_DOUBLE_EQ(compared->confidence.low, 40 / 0.5);
    EXPECT_DOUBLE_EQ(compared->confidence.high, 41 / 0.4);
}

TEST(Record, ACostThatCannotBeToldFromNothingIsNoDivisor) {
    const std::vector<double> zdr{-1, 2, 3};

    EXPECT_FALSE(ratio_of_costs("zdrctl", {40, 40, 40}, zdr));
}

TEST(Record, PairsBecomeBothOfTheirSides) {
    const Record head{.part = "hooks", .name = "stream", .unit = "Gbit/s"};

    const auto records = records_of(head, "nothing", {{.without = 10, .with = 9}}, at_least(0.98, "compared"));

    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].peer, "nothing");
    EXPECT_DOUBLE_EQ(records[0].spread.median, 10);
    EXPECT_EQ(is_kept(records[0]), std::nullopt);
    EXPECT_EQ(is_kept(records[1]), false);
}

}  // namespace
}  // namespace zdr::bench
