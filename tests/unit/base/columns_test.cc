// What a text takes of a terminal's line, and what is cut off it.
#include "zdr/base/columns.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

TEST(DisplayWidth, IsWhatTerminalsMakeOfCharacters) {
    EXPECT_EQ(display_width(""), 0U);
    EXPECT_EQ(display_width("webA"), 4U);
    EXPECT_EQ(display_width("caf\xc3\xa9"), 4U);
    EXPECT_EQ(display_width("cafe\xcc\x81"), 4U) << "an accent on its own is put over the letter";
    EXPECT_EQ(display_width("\xe5\x8f\x91\xe5\xb8\x83"), 4U) << "two Chinese characters";
    EXPECT_EQ(display_width("\xf0\x9f\x9a\x80"), 2U) << "a rocket";
}

TEST(CutToWidth, LeavesWhatFits) {
    EXPECT_EQ(cut_to_width("release 42", 10), "release 42");
    EXPECT_EQ(cut_to_width("", 0), "");
    EXPECT_EQ(cut_to_width("cafe\xcc\x81", 4), "cafe\xcc\x81");
}

TEST(CutToWidth, ShowsThatSomethingIsCut) {
    EXPECT_EQ(cut_to_width("release 42", 9), "releas...");
    EXPECT_EQ(cut_to_width("release 42", 4), "r...");
    EXPECT_EQ(cut_to_width("release 42", 3), "rel");
    EXPECT_EQ(cut_to_width("release 42", 0), "");
}

TEST(CutToWidth, CutsNoCharacterInTwo) {
    const std::string two = "\xe5\x8f\x91\xe5\xb8\x83";
    EXPECT_EQ(cut_to_width(two, 3), "\xe5\x8f\x91");
    EXPECT_EQ(cut_to_width(two + two + two, 8), two + "...");
    for (std::size_t columns = 0; columns < 14; ++columns)
        EXPECT_LE(display_width(cut_to_width(two + two + two, columns)), columns);
}

}  // namespace
}  // namespace zdr
