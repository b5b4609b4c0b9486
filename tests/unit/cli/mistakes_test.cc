// Every mistake in a command line has its own sentence, which is the same in every program.
#include "cli/mistakes.h"

#include <gtest/gtest.h>

#include "made_up_program.h"

namespace zdr::test {
namespace {

TEST(Mistakes, UnknownCommand) {
    EXPECT_EQ(mistake({"frobnicate"}), "unknown command \"frobnicate\"; try ctl help");
    EXPECT_EQ(mistake({"drian"}), "unknown command \"drian\"; did you mean drain? Try ctl help");
    EXPECT_EQ(mistake({"-q", "Drain", "webA"}), "unknown command \"Drain\"; did you mean drain? Try ctl help");
    EXPECT_EQ(mistake({"doc"}), "unknown command \"doc\"; did you mean doctor? Try ctl help");
    EXPECT_EQ(mistake({"hlep"}), "unknown command \"hlep\"; did you mean help? Try ctl help");
    EXPECT_EQ(mistake({""}), "unknown command \"\"; try ctl help");
    EXPECT_EQ(mistake({"help", "drian"}), "help: unknown command \"drian\"; did you mean drain? Try ctl help");
}

TEST(Mistakes, UnknownOption) {
    EXPECT_EQ(mistake({"drain", "webA", "--frob"}), "drain: unknown option --frob; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--frob=secret"}), "drain: unknown option --frob; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-x"}), "drain: unknown option -x; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-qx"}), "drain: unknown option -x; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-5s"}), "drain: unknown option -5; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-=x"}), "drain: unknown option -=; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "---force"}),
              "drain: unknown option ---force; did you mean --force? Try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--=x"}), "drain: unknown option --; try ctl help drain");
    EXPECT_EQ(mistake({"--frob", "drain", "webA"}), "unknown option --frob; try ctl help");
}

TEST(Mistakes, AnOptionNearToAnotherIsSuggested) {
    EXPECT_EQ(mistake({"drain", "webA", "--resaon", "x"}),
              "drain: unknown option --resaon; did you mean --reason? Try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--QUIET"}),
              "drain: unknown option --QUIET; did you mean --quiet? Try ctl help drain");
    EXPECT_EQ(mistake({"--sate-dir=/x", "status"}),
              "unknown option --sate-dir; did you mean --state-dir? Try ctl help");
}

TEST(Mistakes, TheBeginningOfAnOptionIsNotGuessed) {
    EXPECT_EQ(mistake({"drain", "webA", "--re", "x"}),
              "drain: unknown option --re; did you mean --reason? Try ctl help drain");
    EXPECT_EQ(mistake({"--state-di", "/x", "status"}),
              "unknown option --state-di; did you mean --state-dir? Try ctl help");
}

TEST(Mistakes, OptionOfAnotherCommand) {
    EXPECT_EQ(mistake({"status", "--reason", "x"}), "status: --reason is an option of drain; try ctl help status");
    EXPECT_EQ(mistake({"help", "--force"}), "help: --force is an option of drain; try ctl help");
    EXPECT_EQ(mistake({"status", "-f"}), "status: -f is an option of drain; try ctl help status");
}

TEST(Mistakes, WhatIsRightElsewhereIsNotCorrectedToWhatIsNearHere) {
    EXPECT_EQ(mistake({"drain", "webA", "--for", "5m"}), "drain: --for is an option of wait; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--forc"}),
              "drain: unknown option --forc; did you mean --force? Try ctl help drain");
}

TEST(Mistakes, OptionInFrontOfItsCommand) {
    EXPECT_EQ(mistake({"--reason", "x", "drain", "webA"}), "--reason must stand after the command; try ctl help");
    EXPECT_EQ(mistake({"--reason=x", "drain", "webA"}), "--reason must stand after the command; try ctl help");
    EXPECT_EQ(mistake({"-f", "drain", "webA"}), "-f must stand after the command; try ctl help");
    EXPECT_EQ(mistake({"-qf", "drain", "webA"}), "-f must stand after the command; try ctl help");
    EXPECT_EQ(mistake({"--reson", "x", "drain"}), "unknown option --reson; did you mean --reason? Try ctl help");
    EXPECT_EQ(mistake({"--reason"}), "--reason must stand after the command; try ctl help");
}

TEST(Mistakes, ValueThatIsMissing) {
    EXPECT_EQ(mistake({"drain", "webA", "--reason"}), "drain: --reason has no value; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-b"}), "drain: --batch has no value; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-qb"}), "drain: --batch has no value; try ctl help drain");
    EXPECT_EQ(mistake({"restart", "webA", "--on-busy", "--", "app"}),
              "restart: --on-busy has no value; try ctl help restart");
    EXPECT_EQ(mistake({"--state-dir"}), "--state-dir has no value; try ctl help");
}

TEST(Mistakes, ValueThatLooksLikeAnOption) {
    EXPECT_EQ(mistake({"drain", "webA", "--reason", "--force"}),
              "drain: --reason has no value; one that begins with - is written --reason=--force; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--reason", "-5s"}),
              "drain: --reason has no value; one that begins with - is written --reason=-5s; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-b", "-qv"}),
              "drain: --batch has no value; one that begins with - is written --batch=-qv; try ctl help drain");
    EXPECT_EQ(
        mistake({"drain", "webA", "--reason", "--frob=a b"}),
        "drain: --reason has no value; one that begins with - is written \"--reason=--frob=a b\"; try ctl help drain");
    EXPECT_EQ(mistake({"--state-dir", "--quiet", "status"}),
              "--state-dir has no value; one that begins with - is written --state-dir=--quiet; try ctl help");
}

TEST(Mistakes, SwitchWithAValue) {
    EXPECT_EQ(mistake({"drain", "webA", "--force=yes"}), "drain: --force takes no value; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--force="}), "drain: --force takes no value; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-q=yes"}), "drain: --quiet takes no value; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-vf=yes"}), "drain: --force takes no value; try ctl help drain");
    EXPECT_EQ(mistake({"--quiet=yes", "status"}), "--quiet takes no value; try ctl help");
    EXPECT_EQ(mistake({"status", "--help=yes"}), "status: --help takes no value; try ctl help status");
}

TEST(Mistakes, OptionGivenTwice) {
    EXPECT_EQ(mistake({"drain", "webA", "--reason", "a", "--reason", "a"}),
              "drain: --reason is given twice; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "--reason=", "--reason="}),
              "drain: --reason is given twice; try ctl help drain");
    EXPECT_EQ(mistake({"-q", "drain", "webA", "--quiet"}), "drain: --quiet is given twice; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "webA", "-qq"}), "drain: --quiet is given twice; try ctl help drain");
    EXPECT_EQ(mistake({"-vv", "drain"}), "--verbose is given twice; try ctl help");
}

TEST(Mistakes, ValueThatCannotBe) {
    EXPECT_EQ(mistake({"status", "--state-dir="}), "status: --state-dir is empty; try ctl help status");
    EXPECT_EQ(mistake({"--haproxy", "", "status"}), "--haproxy is empty; try ctl help");
    EXPECT_EQ(mistake({"wait", "webA", "--for", "godot"}),
              "wait: --for: unknown value \"godot\"; write drained, idle or ready; try ctl help wait");
    EXPECT_EQ(mistake({"wait", "webA", "--for", "dranied"}),
              "wait: --for: unknown value \"dranied\"; did you mean drained? Try ctl help wait");
    EXPECT_EQ(mistake({"wait", "webA", "--for="}),
              "wait: --for: unknown value \"\"; write drained, idle or ready; try ctl help wait");
}

TEST(Mistakes, WhatACommandNeedsIsMissing) {
    EXPECT_EQ(mistake({"drain"}), "drain: NAME is missing; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "--"}), "drain: NAME is missing; try ctl help drain");
    EXPECT_EQ(mistake({"add", "webA"}), "add: --port is missing; try ctl help add");
    EXPECT_EQ(mistake({"wait", "webA"}), "wait: --for is missing: drained, idle or ready; try ctl help wait");
    EXPECT_EQ(mistake({"restart", "webA"}), "restart: COMMAND is missing; it stands after --; try ctl help restart");
    EXPECT_EQ(mistake({"restart", "webA", "--"}), "restart: COMMAND is missing after --; try ctl help restart");
    EXPECT_EQ(mistake({"restart", "--", "app"}), "restart: NAME is missing; try ctl help restart");
    EXPECT_EQ(mistake({"--"}), "no command stands before --; try ctl help");
    EXPECT_EQ(mistake({"-q", "--", "status"}), "no command stands before --; try ctl help");
}

TEST(Mistakes, WordTooMany) {
    EXPECT_EQ(mistake({"doctor", "a.cfg", "b.cfg"}), "doctor: unexpected argument b.cfg; try ctl help doctor");
    EXPECT_EQ(mistake({"metrics", "--", "web A"}), "metrics: unexpected argument \"web A\"; try ctl help metrics");
    EXPECT_EQ(mistake({"complete", "dr"}), "complete: unexpected argument dr; try ctl help complete");
    EXPECT_EQ(mistake({"help", "drain", "ready"}), "help: unexpected argument ready; try ctl help");
}

TEST(Mistakes, TheFirstOfThemIsTold) {
    EXPECT_EQ(mistake({"drain", "--frob", "--reason", "--force"}), "drain: unknown option --frob; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "--force=x", "--frob"}), "drain: --force takes no value; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "--reason", "--frob"}),
              "drain: --reason has no value; one that begins with - is written --reason=--frob; try ctl help drain");
}

TEST(Mistakes, BytesThatATerminalMustNotGetAreEscaped) {
    const std::string nul("a\0b", 3);
    EXPECT_EQ(mistake({"we\x1b[31m"}), "unknown command \"we\\x1b[31m\"; try ctl help");
    EXPECT_EQ(mistake({nul}), "unknown command \"a\\x00b\"; try ctl help");
    EXPECT_EQ(mistake({"drain", "--" + nul}), "drain: unknown option \"--a\\x00b\"; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "--\xff"}), "drain: unknown option \"--\\xff\"; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "-\xc3\xbc"}), "drain: unknown option \"-\\xc3\\xbc\"; try ctl help drain");
    EXPECT_EQ(mistake({"drain", "-q\n"}), "drain: unknown option \"-q\\x0a\"; try ctl help drain");
    EXPECT_EQ(mistake({"metrics", "\r\n"}), "metrics: unexpected argument \"\\x0d\\x0a\"; try ctl help metrics");
    EXPECT_EQ(mistake({"wait", "webA", "--for", "\x7f"}),
              "wait: --for: unknown value \"\\x7f\"; write drained, idle or ready; try ctl help wait");
}

TEST(Mistakes, LongWordsAreCut) {
    const std::string long_word(1000, 'x');
    const std::string cut(80, 'x');

    EXPECT_EQ(mistake({long_word}), "unknown command \"" + cut + "...\"; try ctl help");
    EXPECT_LT(mistake({"drain", "--" + long_word}).size(), 200U);
}

TEST(Mistakes, OnesThatOnlyTheProgramCanJudgeReadTheSame) {
    const auto failed = cli::fail_usage(kProgram, cli::find_command(kProgram, "drain"), "--batch 0 is too small");

    EXPECT_EQ(failed.value().text, "drain: --batch 0 is too small; try ctl help drain");
    EXPECT_EQ(failed.value().code, make_error_code(Errc::kUsage));
    EXPECT_EQ(cli::fail_usage(kProgram, nullptr, "it cannot be").value().text, "it cannot be; try ctl help");
}

}  // namespace
}  // namespace zdr::test
