// Which word somebody meant.
#include "cli/near_miss.h"

#include <gtest/gtest.h>

namespace zdr::test {
namespace {

using cli::edit_distance;
using cli::nearest;

constexpr std::string_view kWords[] = {"drain", "ready", "restart", "remove", "add", "unload"};

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
    for (const auto one : kWords)
        for (const auto other : kWords) EXPECT_EQ(edit_distance(one, other), edit_distance(other, one));
}

TEST(Nearest, IsTheWordWithTheFewestEdits) {
    EXPECT_EQ(nearest("drian", kWords), "drain");
    EXPECT_EQ(nearest("DRAIN", kWords), "drain");
    EXPECT_EQ(nearest("restrat", kWords), "restart");
    EXPECT_EQ(nearest("unlod", kWords), "unload");
    EXPECT_EQ(nearest("ad", kWords), "add");
}

TEST(Nearest, IsTheOnlyWordThatBeginsSo) {
    EXPECT_EQ(nearest("rest", kWords), "restart");
    EXPECT_EQ(nearest("un", kWords), "unload");
    EXPECT_EQ(nearest("re", kWords), "") << "three words begin so";
    EXPECT_EQ(nearest("u", kWords), "") << "one letter says too little";
}

TEST(Nearest, IsNothingWhereNoneIsNear) {
    EXPECT_EQ(nearest("", kWords), "");
    EXPECT_EQ(nearest("frobnicate", kWords), "");
    EXPECT_EQ(nearest("dxxin", kWords), "");
    EXPECT_EQ(nearest(std::string(100'000, 'd'), kWords), "");
    EXPECT_EQ(nearest("drain", {}), "");
}

TEST(Suggest, IsAQuestionOrNothing) {
    EXPECT_EQ(cli::suggest("drian", kWords), "; did you mean drain?");
    EXPECT_EQ(cli::suggest("drian", kWords, "--"), "; did you mean --drain?");
    EXPECT_EQ(cli::suggest("frobnicate", kWords), "");
}

}  // namespace
}  // namespace zdr::test
