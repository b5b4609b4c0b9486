// What a command line means: commands, options of every kind, words, and what stands after --. It is the same whatever
// was parsed before, and a parse ends for every line.
#include "cli/parse.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <random>

#include "cli/help.h"
#include "made_up_program.h"

namespace zdr::test {
namespace {

cli::Parsed parsed(const Line& args) {
    auto out = cli::parse(kProgram, args);
    EXPECT_TRUE(out) << out.error().text;
    return out ? *out : cli::Parsed{};
}

std::string command_of(const Line& args) {
    const auto out = parsed(args);
    return out.command == nullptr ? "none" : std::string(out.command->name);
}

TEST(Parse, TheFirstWordIsTheCommand) {
    EXPECT_EQ(command_of({"status"}), "status");
    EXPECT_EQ(command_of({"-q", "status"}), "status");
    EXPECT_EQ(command_of({"--state-dir", "drain", "status"}), "status");
    EXPECT_EQ(command_of({"--state-dir=drain", "-qv", "metrics"}), "metrics");
}

TEST(Parse, WordsKeepTheirOrderAndRepetitions) {
    EXPECT_EQ(parsed({"drain", "webB", "webA", "webB"}).words, (Line{"webB", "webA", "webB"}));
    EXPECT_EQ(parsed({"drain", "drain"}).words, Line{"drain"});
    EXPECT_EQ(parsed({"drain", "", "-"}).words, (Line{"", "-"}));
    EXPECT_EQ(parsed({"status"}).words, Line{});
}

TEST(Parse, AnOptionMayStandBetweenAndBehindWords) {
    const auto out = parsed({"drain", "--force", "webA", "--reason", "a b", "webB", "-q"});

    EXPECT_EQ(out.words, (Line{"webA", "webB"}));
    EXPECT_TRUE(out.flag("force"));
    EXPECT_TRUE(out.flag("quiet"));
    EXPECT_FALSE(out.flag("verbose"));
    EXPECT_EQ(out.value("reason"), "a b");
}

TEST(Parse, ACommonOptionMayStandInFrontOfTheCommandToo) {
    const auto out = parsed({"--haproxy", "a", "-v", "drain", "webA", "--haproxy=b", "--state-dir", "/x"});

    EXPECT_EQ(out.values("haproxy"), (Line{"a", "b"}));
    EXPECT_EQ(out.value("state-dir"), "/x");
    EXPECT_TRUE(out.flag("verbose"));
    EXPECT_EQ(out.words, Line{"webA"});
}

TEST(Parse, AValueIsWrittenInEveryWay) {
    for (const Line& args : {Line{"drain", "webA", "--batch", "5"},
                             {"drain", "webA", "--batch=5"},
                             {"drain", "webA", "-b", "5"},
                             {"drain", "webA", "-b5"},
                             {"drain", "webA", "-fb5"},
                             {"drain", "webA", "-fqb", "5"}}) {
        const auto out = parsed(args);
        EXPECT_EQ(out.value("batch"), "5") << args[2];
        EXPECT_EQ(out.words, Line{"webA"}) << args[2];
    }
}

TEST(Parse, AValueIsTakenAsItIs) {
    EXPECT_EQ(parsed({"drain", "webA", "--reason=--force"}).value("reason"), "--force");
    EXPECT_EQ(parsed({"drain", "webA", "--reason="}).value("reason"), "");
    EXPECT_EQ(parsed({"drain", "webA", "--reason", ""}).value("reason"), "");
    EXPECT_EQ(parsed({"drain", "webA", "--reason", "-"}).value("reason"), "-");
    EXPECT_EQ(parsed({"drain", "webA", "--reason=a=b"}).value("reason"), "a=b");
    EXPECT_EQ(parsed({"drain", "webA", "--reason", "two\nlines\xff"}).value("reason"), "two\nlines\xff");
    EXPECT_EQ(parsed({"drain", "webA"}).value("reason"), std::nullopt);
    EXPECT_EQ(parsed({"drain", "webA"}).values("reason"), Line{});
}

TEST(Parse, OfAFixedListOneIsTaken) {
    for (const auto goal : kGoals)
        EXPECT_EQ(parsed({"wait", "webA", "--for", std::string(goal)}).value("for"), std::string(goal));
}

TEST(Parse, AnOptionThatMayBeGivenOftenKeepsItsOrder) {
    const auto out = parsed({"add", "webA", "--address", "b", "--port", "1", "--address=a", "--address", "b"});

    EXPECT_EQ(out.values("address"), (Line{"b", "a", "b"}));
}

TEST(Parse, DashesEndTheOptions) {
    EXPECT_EQ(parsed({"drain", "--", "--force", "-q", "--"}).words, (Line{"--force", "-q", "--"}));
    EXPECT_EQ(parsed({"drain", "webA", "--force", "--", "webB"}).words, (Line{"webA", "webB"}));
    EXPECT_EQ(parsed({"drain", "webA", "--"}).words, Line{"webA"});
    EXPECT_EQ(parsed({"status", "--"}).words, Line{});
}

TEST(Parse, WhatStandsAfterDashesIsPassedOnAsItIs) {
    const auto out = parsed({"restart", "webA", "--on-busy", "fail", "--", "app", "--help", "--", "-x", ""});

    EXPECT_EQ(out.words, Line{"webA"});
    EXPECT_EQ(out.after, (Line{"app", "--help", "--", "-x", ""}));
    EXPECT_EQ(out.value("on-busy"), "fail");
    EXPECT_EQ(parsed({"complete", "--", "dr"}).after, Line{"dr"});
    EXPECT_EQ(parsed({"complete"}).after, Line{});
}

TEST(Parse, HelpAndVersionComeBeforeEveryMistake) {
    const std::string of_all = cli::format_help(kProgram);
    const std::string of_drain = cli::format_help(kProgram, *cli::find_command(kProgram, "drain"));
    const auto shown = [](const Line& args) {
        const auto out = parsed(args);
        EXPECT_EQ(out.answer.value_or(cli::Answer{"", 99}).exit_status, 0);
        return out.answer ? out.answer->text : "nothing";
    };

    for (const Line& args : {Line{"help"}, {"--help"}, {"-h"}, {"-qh"}, {"--frob", "--help"}, {"frobnicate", "-h"}})
        EXPECT_EQ(shown(args), of_all) << args[0];
    for (const Line& args : {Line{"help", "drain"},
                             {"drain", "--help"},
                             {"--help", "drain"},
                             {"drain", "-fh"},
                             {"drain", "--quiet=yes", "-h"}})
        EXPECT_EQ(shown(args), of_drain) << args[0];
    for (const Line& args : {Line{"--version"}, {"drain", "--version", "--help"}, {"--frob", "x", "--version"}})
        EXPECT_EQ(shown(args), "ctl 1.2.3\n") << args[0];
}

// An agent's reason that looks like an option must not make its drain a success that drains nothing.
TEST(Parse, HelpInThePlaceOfAValueIsAMistake) {
    for (const std::string value : {"-h", "--help", "-vh", "-hotfix 42", "--version"})
        for (const Line& args : {Line{"drain", "webA", "--reason", value}, {"drain", "--reason", value, "webA"}}) {
            const auto out = cli::parse(kProgram, args);

            ASSERT_FALSE(out) << value;
            EXPECT_NE(out.error().text.find("--reason has no value; one that begins with - is written "),
                      std::string::npos)
                << out.error().text;
        }
    EXPECT_FALSE(cli::parse(kProgram, Line{"--state-dir", "--help"}));
    EXPECT_FALSE(cli::parse(kProgram, Line{"drain", "webA", "-hotfix"}));
}

TEST(Parse, HelpAfterDashesIsAWord) {
    const auto out = parsed({"drain", "--", "--help"});

    EXPECT_FALSE(out.answer);
    EXPECT_EQ(out.words, Line{"--help"});
}

TEST(Parse, WithoutACommandTheShortHelpIsShownAsAnError) {
    for (const Line& args : {Line{}, {"-q"}, {"--state-dir", "/x"}}) {
        const auto out = parsed(args);

        ASSERT_TRUE(out.answer);
        EXPECT_EQ(out.answer->exit_status, 2);
        EXPECT_EQ(out.answer->text, cli::format_short_help(kProgram));
    }
}

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
