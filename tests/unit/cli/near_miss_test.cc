// Which word somebody meant.
#include "cli/near_miss.h"

#include <gtest/gtest.h>

namespace zdr::test {
namespace {

using cli::edit_distance;
using cli::nearest;

constexpr std::string_view kCommandWords[] = {"drain", "ready", "restart", "remove", "add", "unload"};

TEST(EditDistance, CountsInsertedRemovedReplacedAndSwappedLetters) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("drain", "drain"), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("drin", "drain"), 1U);
    EXPECT_EQ(edit_distance("drrain", "drain"), 1U);
    EXPECT_EQ(edit_distance("dratn", "drain"), 1U);
    EXPECT_EQ(edit_distance("drian", "drain"), 1U);
    EXPECT_EQ(edit_distance("ca", "abc"), 3U);  // no letter is edited twice
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, IsTheSameInBothDirections) {
    for (const auto one : kCommandWords)
        for (const auto other : kCommandWords) EXPECT_EQ(edit_distance(one, other), edit_distance(other, one));
}

TEST(Nearest, IsTheWordWithTheFewestEdits) {
    EXPECT_EQ(nearest("drian", kCommandWords), "drain");
    EXPECT_EQ(nearest("DRAIN", kCommandWords), "drain");
    EXPECT_EQ(nearest("restrat", kCommandWords), "restart");
    EXPECT_EQ(nearest("unlod", kCommandWords), "unload");
    EXPECT_EQ(nearest("ad", kCommandWords), "add");
}

TEST(Nearest, IsTheOnlyWordThatBeginsSo) {
    EXPECT_EQ(nearest("rest", kCommandWords), "restart");
    EXPECT_EQ(nearest("un", kCommandWords), "unload");
    EXPECT_EQ(nearest("re", kCommandWords), "") << "three words begin so";
    EXPECT_EQ(nearest("u", kCommandWords), "") << "one letter says too little";
}

TEST(Nearest, IsNothingWhereNoneIsNear) {
    EXPECT_EQ(nearest("", kCommandWords), "");
    EXPECT_EQ(nearest("frobnicate", kCommandWords), "");
    EXPECT_EQ(nearest("dxxin", kCommandWords), "");
    EXPECT_EQ(nearest(std::string(100'000, 'd'), kCommandWords), "");
    EXPECT_EQ(nearest("drain", {}), "");
}

TEST(Suggest, IsAQuestionOrNothing) {
    EXPECT_EQ(cli::suggest("drian", kCommandWords), "; did you mean drain?");
    EXPECT_EQ(cli::suggest("drian", kCommandWords, "--"), "; did you mean --drain?");
    EXPECT_EQ(cli::suggest("frobnicate", kCommandWords), "");
}

}  // namespace
}  // namespace zdr::test
