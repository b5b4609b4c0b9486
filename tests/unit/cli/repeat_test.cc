// A parse is the same whatever was parsed before it, and ends for every line.
#include <gtest/gtest.h>

#include <fmt/core.h>

#include <random>

#include "made_up_program.h"

namespace zdr::test {
namespace {

// All that a parse says, in one text.
std::string outcome(const Line& args) {
    const auto parsed = cli::parse(kProgram, args);
    if (!parsed) return "error " + parsed.error().text;
    if (parsed->answer) return fmt::format("answer {} {}", parsed->answer->exit_status, parsed->answer->text);
    std::string out(parsed->command->name);
    for (const std::string& one : parsed->words) out += " word " + one;
    for (const std::string& one : parsed->after) out += " after " + one;
    for (const auto& [name, values] : parsed->given)
        for (const std::string& one : values) out += fmt::format(" {}={}", name, one);
    return out;
}

Line random_line(std::mt19937& random) {
    static const Line kWords = {
        "drain",     "wait", "restart", "help",  "frob",     "webA",    "--reason", "--re",        "--re=x",
        "-q",        "-qx",  "-q=yes",  "--for", "idle",     "--force", "-b",       "-b5",         "--",
        "-",         "",     "--=",     "-fv",   "--batch=", "--port",  "--force=", "--state-dir", "/x",
        "--version", "-h",   "--frob",  "-=",    "\xff",     "-\xff"};
    Line out(random() % 8);
    for (std::string& one : out) one = kWords[random() % kWords.size()];
    return out;
}

TEST(ParseAgain, SaysTheSameWhateverWasParsedBefore) {
    std::mt19937 random(1);
    for (int i = 0; i < 5000; ++i) {
        const Line line = random_line(random);
        const std::string first = outcome(line);

        outcome(random_line(random));

        ASSERT_EQ(outcome(line), first);
    }
}

// What getopt's own memory of the parse before made of it was "there is no option -=".
TEST(ParseAgain, AnUnknownOptionIsCalledByItsNameAfterABadSwitch) {
    const std::string first = mistake({"drain", "webA", "--re", "x"});

    EXPECT_EQ(mistake({"drain", "webA", "-q=yes"}), "drain: --quiet takes no value; try ctl help drain");

    EXPECT_EQ(mistake({"drain", "webA", "--re", "x"}), first);
    EXPECT_EQ(first, "drain: unknown option --re; did you mean --reason? Try ctl help drain");
}

TEST(ParseAgain, EveryMistakeIsOnePrintableLine) {
    std::mt19937 random(2);
    for (int i = 0; i < 5000; ++i) {
        const std::string said = mistake(random_line(random));

        for (const char byte : said) ASSERT_TRUE(byte >= ' ' && byte < '\x7f') << said;
    }
}

}  // namespace
}  // namespace zdr::test
