#include "zdr/haproxy/tokens.h"

#include <gtest/gtest.h>

#include <map>

#include "zdr/haproxy/if_blocks.h"
#include "zdr/haproxy/if_condition.h"

namespace zdr {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

const std::map<std::string, std::string> kSet = {
    {"A", "one"}, {"LIST", " a  b c "}, {"EMPTY", ""}, {"_x1", "under"}, {".LINE", "7"}};

std::optional<std::string> token_variable(const std::string& name) {
    const auto found = kSet.find(name);
    return found == kSet.end() ? std::nullopt : std::optional(found->second);
}

Words split(std::string_view line) {
    const auto words = split_haproxy_line(line, token_variable);
    EXPECT_TRUE(words) << line << ": " << (words ? "" : words.error().text);
    return words ? words->words : Words{"error"};
}

std::string split_error(std::string_view line) {
    const auto words = split_haproxy_line(line, token_variable);
    return words ? "no error" : words.error().text;
}

TEST(HaproxyTokens, SpacesDivideAndCommentsEnd) {
    EXPECT_EQ(split(""), Words{});
    EXPECT_EQ(split("   \t "), Words{});
    EXPECT_EQ(split("# all of it"), Words{});
    EXPECT_EQ(split("\tserver  webA\t127.0.0.1:1000 "), (Words{"server", "webA", "127.0.0.1:1000"}));
    EXPECT_EQ(split("a b# c"), (Words{"a", "b"}));
    EXPECT_EQ(split("a b\r"), (Words{"a", "b"}));
    EXPECT_EQ(split("a \x80\xff"), (Words{"a", "\x80\xff"}));
}

// Each line of the manual's matrix (2.2), and what it does not list.
TEST(HaproxyTokens, QuotesAndEscapes) {
    EXPECT_EQ(split(R"(a\ b \# \\ \' \" \n\r\t \x41\x7a)"), (Words{"a b", "#", "\\", "'", "\"", "\n\r\t", "Az"}));
    EXPECT_EQ(split(R"("a b" "#" "\"" "\\" "\$A" "'" "\x41" "\ " "\#")"),
              (Words{"a b", "#", "\"", "\\", "$A", "'", "A", " ", "#"}));
    EXPECT_EQ(split(R"('a b' '#' '"' '\' '$A' '\x41')"), (Words{"a b", "#", "\"", "\\", "$A", "\\x41"}));
    EXPECT_EQ(split(R"(a"b c"'d e'f)"), Words{"ab cd ef"});
    EXPECT_EQ(split(R"(a "" '' b)"), (Words{"a", "", "", "b"}));
    EXPECT_EQ(split(R"(\1 \. \$A a\)"), (Words{"\\1", "\\.", "\\$A", "a\\"})) << "these are no escapes";
    EXPECT_EQ(split(R"("\1")"), Words{"\\1"});
}

TEST(HaproxyTokens, VariablesOnlyInDoubleQuotes) {
    EXPECT_EQ(split(R"("$A" $A '$A' ${A})"), (Words{"one", "$A", "$A", "${A}"}));
    EXPECT_EQ(split(R"("x${A}y" "$A-z" "${A}${_x1}")"), (Words{"xoney", "one-z", "oneunder"}));
    EXPECT_EQ(split(R"("${NO-def ault}" "${A-def}" "${EMPTY-def}" "${NO-}")"), (Words{"def ault", "one", "", ""}));
    EXPECT_EQ(split(R"("$.LINE" "${.LINE}")"), (Words{"7", "7"}));
}

TEST(HaproxyTokens, AListBecomesAWordForEachElement) {
    EXPECT_EQ(split(R"("${A[*]}")"), Words{"one"});
    EXPECT_EQ(split(R"(x "${LIST[*]}" y)"), (Words{"x", "a", "b", "c", "y"}));
    EXPECT_EQ(split(R"(x "${EMPTY[*]}" y "${NO[*]}")"), (Words{"x", "y"}));
    EXPECT_EQ(split(R"("${LIST}")"), Words{" a  b c "});
    EXPECT_EQ(split(R"(x"${LIST[*]}"y)"), (Words{"x", "a", "b", "c", "y"}));
}

TEST(HaproxyTokens, AVariableThatIsNotSetIsAnEmptyWordAndIsNamed) {
    const auto words = split_haproxy_line(R"(a "$NO" "${NO2}b" "${NO3-x}" "${NO4[*]}")", token_variable);

    ASSERT_TRUE(words);
    EXPECT_EQ(words->words, (Words{"a", "", "b", "x"}));
    EXPECT_EQ(words->unset, (Words{"NO", "NO2"}));
}

TEST(HaproxyTokens, WhatCannotBeToldIsAnError) {
    for (const char* line : {"a \"b", "a 'b", "\"a\r\"", "'it''s", "a\"b'"})
        EXPECT_EQ(split_error(line), "a quote has no end") << line;
    for (const char* line : {R"(\x)", R"(\x4)", R"(\xg0)", R"("\x4g")"})
        EXPECT_EQ(split_error(line), "\\x is not followed by two hexadecimal digits") << line;
    for (const char* line : {R"("$")", R"("$1")", R"("${}")", R"("$ a")", "\"$"})
        EXPECT_TRUE(split_error(line).starts_with("a variable has no name")) << line;
    for (const char* line : {R"("${A")", R"("${A b}")", R"("${A-b")", "\"${A"})
        EXPECT_EQ(split_error(line), "a variable's { has no }") << line;
    for (const char* line : {R"("${A[1]}")", R"("${A[*")", R"("${A[")"})
        EXPECT_EQ(split_error(line), "a variable's [ is not followed by *]") << line;
    EXPECT_EQ(split_error(R"("${A[*]x}")"), "a variable's { has no }");
    EXPECT_EQ(split_error(R"("$.NO")"), "\".NO\" is no variable of HAProxy's own");
}

TEST(HaproxyAddress, VariablesAreExpandedEverywhere) {
    std::vector<std::string> unset;

    EXPECT_EQ(expand_haproxy_address("127.0.0.1:80", token_variable, unset), "127.0.0.1:80");
    EXPECT_EQ(expand_haproxy_address("$A:${A}", token_variable, unset), "one:one");
    EXPECT_TRUE(unset.empty());
    EXPECT_EQ(expand_haproxy_address("x${NO}y$", token_variable, unset), "xy");
    EXPECT_EQ(unset, (std::vector{"NO"s, ""s}));
}

TEST(HaproxyAddress, VariablesThatAreLongAreCut) {
    const auto long_one = [](const std::string&) { return std::optional(std::string(kLongestHaproxyLine / 2, 'a')); };
    std::vector<std::string> unset;

    EXPECT_EQ(expand_haproxy_address("$A$A", long_one, unset).size(), kLongestHaproxyLine);
    EXPECT_EQ(expand_haproxy_address("$A$A$A$A", long_one, unset).size(), kLongestHaproxyLine);
}

TEST(HaproxyCondition, WhatTheFileAloneDecides) {
    const auto holds = [](std::string_view text) {
        const auto truth = evaluate_haproxy_condition(text, token_variable);
        return truth ? (*truth ? "yes" : "no") : "unknown";
    };
    for (const char* yes : {"1",
                            "-1",
                            "007",
                            "!0",
                            "!!1",
                            "defined(A)",
                            "defined(EMPTY)",
                            "streq(a,a)",
                            "strneq(a,b)",
                            "1 && 1",
                            "0||1",
                            "0 && 0 || 1",
                            "!(0)",
                            "(1)",
                            " ( 1 ) ",
                            "streq(\"a,b\",'a,b')",
                            "strstr(abc,bc)",
                            "1 || feature(X)",
                            "feature(X) || 1",
                            "streq(,)"})
        EXPECT_STREQ(holds(yes), "yes") << yes;
    for (const char* no : {"", "  ", "0", "000", "!1", "defined(NO)", "streq(a,b)", "strneq(a,a)", "1 && 0",
                           "(0 || 0) && 1", "0 && feature(X)", "feature(X) && 0", "!(1 || feature(X))"})
        EXPECT_STREQ(holds(no), "no") << no;
    for (const char* unknown : {"feature(OPENSSL)", "version_atleast(2.4)", "!feature(X)", "1 && feature(X)", "what",
                                "defined(A", "defined", "(1", "1)", "streq(a)", "1 2", "&& 1", "!", "streq(a,b", "-"})
        EXPECT_STREQ(holds(unknown), "unknown") << unknown;
    EXPECT_STREQ(holds(std::string(100'000, '(')), "unknown");
    EXPECT_STREQ(holds(std::string(100'000, '!') + "1"), "yes");
}

// What of "if 1, elif 2, else" is taken, for each pair of conditions; a capital where that is certain.
TEST(HaproxyIfBlocks, TheFirstThatHoldsIsTakenAndAfterAnUnknownOneTheRest) {
    const auto taken = [](std::optional<bool> first, std::optional<bool> second) {
        HaproxyIfBlocks branches;
        std::string out;
        EXPECT_TRUE(branches.begin_if(first));
        out += !branches.are_taken() ? '-' : branches.are_certain() ? 'I' : 'i';
        EXPECT_TRUE(branches.begin_elif(second));
        out += !branches.are_taken() ? '-' : branches.are_certain() ? 'E' : 'e';
        EXPECT_TRUE(branches.begin_else());
        out += !branches.are_taken() ? '-' : branches.are_certain() ? 'L' : 'l';
        EXPECT_TRUE(branches.end_if());
        EXPECT_TRUE(branches.are_taken());
        return out;
    };
    EXPECT_EQ(taken(true, true), "I--");
    EXPECT_EQ(taken(true, std::nullopt), "I--");
    EXPECT_EQ(taken(false, true), "-E-");
    EXPECT_EQ(taken(false, false), "--L");
    EXPECT_EQ(taken(false, std::nullopt), "-el");
    EXPECT_EQ(taken(std::nullopt, true), "ie-");
    EXPECT_EQ(taken(std::nullopt, false), "i-l");
    EXPECT_EQ(taken(std::nullopt, std::nullopt), "iel");
}

TEST(HaproxyIfBlocks, NothingIsTakenInsideOfWhatIsNot) {
    HaproxyIfBlocks branches;

    ASSERT_TRUE(branches.begin_if(false));
    EXPECT_FALSE(branches.asks_if());
    ASSERT_TRUE(branches.begin_if(true));
    EXPECT_FALSE(branches.are_taken());
    EXPECT_FALSE(branches.asks_elif());
    ASSERT_TRUE(branches.begin_else());
    EXPECT_FALSE(branches.are_taken());
    ASSERT_TRUE(branches.end_if());
    EXPECT_TRUE(branches.asks_elif());
    EXPECT_TRUE(branches.is_open());
}

TEST(HaproxyIfBlocks, ADirectiveWithoutItsBeginningIsAnError) {
    HaproxyIfBlocks branches;
    EXPECT_FALSE(branches.begin_elif(true));
    EXPECT_FALSE(branches.begin_else());
    EXPECT_FALSE(branches.end_if());
    ASSERT_TRUE(branches.begin_if(true));
    ASSERT_TRUE(branches.begin_else());
    EXPECT_FALSE(branches.begin_else());
    EXPECT_FALSE(branches.begin_elif(true));
    for (int i = 1; i < 1024; ++i) ASSERT_TRUE(branches.begin_if(true));
    EXPECT_FALSE(branches.begin_if(true));
}

}  // namespace
}  // namespace zdr
