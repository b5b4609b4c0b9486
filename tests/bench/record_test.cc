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

TEST(Record, AThroughputsFigureBecomesBothOfItsSides) {
    const Figure figure = figure_of("stream", "Gbit/s", {{.without = 10, .with = 9}}, true, 0.98);

    const std::vector<Record> records = records_of("hooks", figure);

    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].peer, "nothing");
    EXPECT_DOUBLE_EQ(records[0].spread.median, 10);
    EXPECT_EQ(is_kept(records[1]), false);
}

}  // namespace
}  // namespace zdr::bench
