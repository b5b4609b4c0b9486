#include "zdr/base/text.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

using namespace std::string_view_literals;

TEST(InQuotes, OddBytesAreEscaped) {
    EXPECT_EQ(in_quotes(""), "\"\"");
    EXPECT_EQ(in_quotes("web A"), "\"web A\"");
    EXPECT_EQ(in_quotes("a\"b\\c"), "\"a\\x22b\\x5cc\"");
    EXPECT_EQ(in_quotes("\x1b[2J\n\0\x7f"sv), "\"\\x1b[2J\\x0a\\x00\\x7f\"");
    EXPECT_EQ(in_quotes("\xc3\xa4"), "\"\\xc3\\xa4\"");
}

TEST(InQuotes, ALongTextIsCut) {
    EXPECT_EQ(in_quotes(std::string(80, 'a')), "\"" + std::string(80, 'a') + "\"");
    EXPECT_EQ(in_quotes(std::string(81, 'a')), "\"" + std::string(80, 'a') + "...\"");
    EXPECT_LT(in_quotes(std::string(1000, '\x01')).size(), 90U);
}

TEST(Printable, TextWithoutControlCharactersStays) {
    for (const std::string_view text :
         {"", "release 42", "~ !",
          "gr\xc3\xb6\xc3\x9f"
          "er",
          "\xc2\xa0", "\xe2\x82\xac", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(printable(text), text);
}

TEST(Printable, ControlCharactersAndBrokenUtf8AreQuestionMarks) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"a\nb\0c\x7f"sv, "a?b?c?"},
        {"\xc2\x9b"
         "31m",
         "??31m"},  // CSI as a C1 control character
        {"\x9b"
         "31m",
         "?31m"},                 // and as a bare byte
        {"\xc3", "?"},            // cut off
        {"\xe2\x82", "??"},       //
        {"\xf0\x9f\x98", "???"},  //
        {"\xc3"
         "a",
         "?a"},                        // no continuation
        {"\xc0\x8a", "??"},            // overlong newline
        {"\xc1\xbf", "??"},            //
        {"\xe0\x80\x8a", "???"},       //
        {"\xf0\x80\x80\x8a", "????"},  //
        {"\xed\xa0\x80", "???"},       // surrogate
        {"\xf4\x90\x80\x80", "????"},  // beyond Unicode
        {"\xf8\x88\x80\x80\x80", "?????"},
        {"\xff\xfe", "??"},
    };
    for (const auto& [text, shown] : cases) EXPECT_EQ(printable(text), shown);
}

// A reason that reads otherwise than it is, or has more in it than is seen.
TEST(Printable, WhatIsNotSeenOrTurnsTheTextAroundIsQuestionMarks) {
    for (const std::string_view hidden :
         {"\xc2\xad", "\xd8\x9c", "\xe1\x85\x9f", "\xe2\x80\x8b", "\xe2\x80\x8e", "\xe2\x80\xa8", "\xe2\x80\xae",
          "\xe2\x81\xa6", "\xe3\x85\xa4", "\xef\xb8\x8f", "\xef\xbb\xbf", "\xf3\xa0\x81\x81"})
        EXPECT_EQ(printable("a" + std::string(hidden) + "b"), "a?b");
    EXPECT_EQ(printable("\xe2\x80\x90\xe2\x80\xaf"), "\xe2\x80\x90\xe2\x80\xaf") << "their neighbours";
}

TEST(IsPlainText, HasNoControlCharacters) {
    for (const std::string_view text :
         {"", "release 42", "\xe2\x80\x8c", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"})
        EXPECT_TRUE(is_plain_text(text)) << text;
    for (const std::string_view text : {"a\n"sv, "\0"sv, "\x7f"sv, "\xc2\x9b"sv, "\xe2\x80"sv, "\xff"sv})
        EXPECT_FALSE(is_plain_text(text));
}

}  // namespace
}  // namespace zdr
