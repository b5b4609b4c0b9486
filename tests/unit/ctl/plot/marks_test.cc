#include "ctl/plot/marks.h"

#include <gtest/gtest.h>

namespace zdr::ctl {
namespace {

using namespace std::chrono_literals;
using enum RestartStep;
using Words = std::vector<std::string>;

PlottedEvent flipped(std::chrono::milliseconds at, State state, const std::string& name = "webA") {
    return {at, {.step = kFlipped, .servers = {name}, .state = state}};
}

TEST(Marks, EventsThatAreCloseHaveOne) {
    const auto marks = place_marks({flipped(0ms, State::kDrain),
                                    {5000ms, {.step = kAcknowledged, .servers = {"webA"}, .state = State::kDrain}},
                                    {5010ms, {.step = kIdle, .servers = {"webA"}}},
                                    {5020ms, {.step = kCommandBegun, .servers = {"webA"}}}},
                                   TimeAxis(10s));

    ASSERT_EQ(marks.size(), 2U);
    EXPECT_EQ(marks[0].words, Words{"drain webA"});
    EXPECT_EQ(marks[1].words, (Words{"drained", "COMMAND"}));
}

TEST(Marks, AnAppThatIsReadyAtOnceIsNotSaidToBeUp) {
    const std::vector<std::string> web_a{"webA"};
    const auto marks = place_marks({{0ms, {.step = kAppUp, .servers = web_a}},
                                    flipped(1ms, State::kReady),
                                    {5000ms, {.step = kAppUp, .servers = web_a}},
                                    flipped(9000ms, State::kReady)},
                                   TimeAxis(10s));

    ASSERT_EQ(marks.size(), 3U);
    EXPECT_EQ(marks[0].words, Words{"ready"});
    EXPECT_EQ(marks[1].words, Words{"app up"});
}

TEST(Marks, ABatchIsNamedByItsFirst) {
    const auto marks = place_marks(
        {{0ms, {.step = kFlipped, .servers = {"webA", "webB", "webC"}, .state = State::kDrain}}}, TimeAxis(10s));

    EXPECT_EQ(marks.at(0).words, Words{"drain webA +2"});
}

TEST(Marks, AFailureIsToBeSeen) {
    const auto marks = place_marks({{0ms, {.step = kFailed, .servers = {"webA"}, .text = "exited 1"}}}, TimeAxis(10s));

    EXPECT_TRUE(marks.at(0).is_bad);
}

// Words stand on no other's words, and on no line that goes down past them.
TEST(Marks, NoWordsAreOnOthers) {
    std::vector<PlottedEvent> events;
    for (int i = 0; i < 120; ++i)
        events.push_back(flipped(1000ms * i + 137ms * (i % 7), State::kDrain, "server-" + std::to_string(i)));

    const auto marks = place_marks(events, TimeAxis(125s));

    std::size_t words = 0;
    for (const Mark& one : marks) {
        if (one.words.empty()) continue;
        ++words;
        EXPECT_LT(one.lane, kMostLanes);
        const double end = one.x + 3 + text_width(one.words.front(), 10.5);
        EXPECT_LE(end, kPictureWidth);
        for (const Mark& other : marks) {
            const bool is_in_its_way = other.x > one.x && other.lane + other.words.size() > one.lane;
            EXPECT_FALSE(is_in_its_way && other.x <= end) << one.words.front() << " at " << other.x;
        }
    }
    EXPECT_GE(words, 8U);
}

}  // namespace
}  // namespace zdr::ctl
