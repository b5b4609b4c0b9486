#include "ctl/plot/counts_recorder.h"

#include <gtest/gtest.h>

namespace zdr::ctl {
namespace {

using namespace std::chrono_literals;

RecordedLine line(const std::string& name) {
    return {.line = {.name = "srvs/" + name}, .of = {{"srvs", name}}};
}

HaproxyCounts counts(const std::string& name, std::uint64_t count, const std::string& status = "UP") {
    return {.backend = "srvs", .name = name, .status = status, .count = count, .is_of_requests = true};
}

void add(CountsRecorder& recorder, std::chrono::milliseconds at, const std::vector<HaproxyCounts>& all) {
    recorder.add(at, all);
}

TEST(CountsRecorder, CountsFromTheFirstAnswerOn) {
    CountsRecorder recorder({line("webA")});

    add(recorder, 0ms, {counts("webA", 1000), counts("stranger", 5)});
    add(recorder, 100ms, {counts("webA", 1010)});

    const auto lines = recorder.take_lines();
    ASSERT_EQ(lines.size(), 1U);
    ASSERT_EQ(lines[0].counts.size(), 2U);
    EXPECT_EQ(lines[0].counts[0].total, 0U);
    EXPECT_FALSE(lines[0].counts[0].follows);
    EXPECT_EQ(lines[0].counts[1].total, 10U);
    EXPECT_TRUE(lines[0].counts[1].follows);
}

TEST(CountsRecorder, AHaproxyThatBeginsAnewIsAdded) {
    CountsRecorder recorder({line("webA")});

    add(recorder, 0ms, {counts("webA", 1000)});
    add(recorder, 100ms, {counts("webA", 1010)});
    add(recorder, 200ms, {counts("webA", 3)});
    add(recorder, 300ms, {counts("webA", 5)});

    EXPECT_EQ(recorder.take_lines()[0].counts.back().total, 15U);
}

TEST(CountsRecorder, NothingIsKnownWhereThereWasNoAnswer) {
    CountsRecorder recorder({line("webA"), line("webB")});

    add(recorder, 0ms, {counts("webA", 1), counts("webB", 1)});
    recorder.add_gap();
    add(recorder, 200ms, {counts("webA", 5)});
    add(recorder, 300ms, {counts("webA", 6), counts("webB", 3)});

    const auto lines = recorder.take_lines();
    EXPECT_FALSE(lines[0].counts[1].follows);
    EXPECT_TRUE(lines[0].counts[2].follows);
    EXPECT_EQ(lines[0].counts[2].total, 5U);
    ASSERT_EQ(lines[1].counts.size(), 2U);
    EXPECT_FALSE(lines[1].counts[1].follows);
    // Nor is the status.
    ASSERT_EQ(lines[0].statuses.size(), 2U);
    EXPECT_EQ(lines[0].statuses[0].end, 0ms);
    EXPECT_EQ(lines[0].statuses[1].begin, 200ms);
}

TEST(CountsRecorder, AStatusLastsUntilTheNext) {
    CountsRecorder recorder({line("webA")});

    add(recorder, 0ms, {counts("webA", 0)});
    add(recorder, 100ms, {counts("webA", 0)});
    add(recorder, 200ms, {counts("webA", 0, "DOWN")});
    add(recorder, 300ms, {counts("webA", 0, "DOWN")});

    const auto statuses = recorder.take_lines()[0].statuses;
    ASSERT_EQ(statuses.size(), 2U);
    EXPECT_EQ(statuses[0].status, "UP");
    EXPECT_EQ(statuses[0].end, 200ms);
    EXPECT_EQ(statuses[1].status, "DOWN");
    EXPECT_EQ(statuses[1].end, 300ms);
}

TEST(CountsRecorder, TheRestIsOneLine) {
    CountsRecorder recorder({{.line = {.name = "2 more", .is_rest = true}, .of = {{"srvs", "a"}, {"srvs", "b"}}}});

    add(recorder, 0ms, {counts("a", 7), counts("b", 100)});
    add(recorder, 100ms, {counts("a", 1), counts("b", 102)});

    const auto lines = recorder.take_lines();
    EXPECT_EQ(lines[0].counts.back().total, 3U);
    EXPECT_TRUE(lines[0].statuses.empty());
}

TEST(CountsRecorder, ALongTimeTakesNoMoreMemory) {
    CountsRecorder recorder({line("webA")});

    bool has_gap = false;
    for (int i = 0; i < 100'000; i += recorder.stride()) {
        const bool is_odd = i / recorder.stride() % 2 == 1;
        add(recorder, 100ms * i, {counts("webA", static_cast<std::uint64_t>(i), is_odd ? "UP" : "DOWN")});
        if (i >= 70'000 && !std::exchange(has_gap, true)) recorder.add_gap();
    }

    EXPECT_EQ(recorder.stride(), 128);
    const auto lines = recorder.take_lines();
    EXPECT_LE(lines[0].counts.size(), CountsRecorder::kMostPoints);
    EXPECT_GE(lines[0].counts.size(), CountsRecorder::kMostPoints / 2);
    EXPECT_LE(lines[0].statuses.size(), CountsRecorder::kMostStatuses);
    EXPECT_EQ(lines[0].counts.front().at, 0ms);
    EXPECT_EQ(lines[0].counts.back().total, lines[0].counts.back().at / 100ms);
    // The gap is still there.
    EXPECT_EQ(std::count_if(lines[0].counts.begin(), lines[0].counts.end(),
                            [](const CountPoint& one) { return !one.follows; }),
              2);
}

}  // namespace
}  // namespace zdr::ctl
