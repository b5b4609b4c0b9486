// The table as others read it.
#include "cli/program.h"

#include <gtest/gtest.h>

#include <set>

#include "made_up_program.h"

namespace zdr::test {
namespace {

std::string arguments_of(std::string_view command) {
    return cli::format_arguments(*cli::find_command(kProgram, command));
}

TEST(ProgramTable, ArgumentsTellHowManyWordsThereMayBe) {
    EXPECT_EQ(arguments_of("drain"), "NAME...");
    EXPECT_EQ(arguments_of("status"), "[NAME...]");
    EXPECT_EQ(arguments_of("add"), "NAME");
    EXPECT_EQ(arguments_of("doctor"), "[HAPROXY.CFG]");
    EXPECT_EQ(arguments_of("restart"), "NAME... -- COMMAND...");
    EXPECT_EQ(arguments_of("complete"), "[-- WORD...]");
    EXPECT_EQ(arguments_of("metrics"), "");
    EXPECT_EQ(arguments_of("help"), "[COMMAND]");
}

TEST(ProgramTable, HelpIsACommandAndAnOptionOfEveryProgram) {
    EXPECT_EQ(cli::find_command(kProgram, "help"), &cli::help_command());
    EXPECT_EQ(cli::commands_of(kProgram).size(), std::size(kCommands));  // without complete
    EXPECT_EQ(cli::commands_of(kProgram).back(), &cli::help_command());
    const auto options = cli::common_options_of(kProgram);
    EXPECT_EQ(cli::find_option(options, "help")->letter, 'h');
    EXPECT_EQ(cli::find_option(options, "version")->letter, '\0');
}

TEST(ProgramTable, WhatIsNotInItIsNotFound) {
    EXPECT_EQ(cli::find_command(kProgram, "dra"), nullptr);
    EXPECT_EQ(cli::find_command(kProgram, ""), nullptr);
    EXPECT_EQ(cli::find_option(cli::common_options_of(kProgram), "quie"), nullptr);
}

TEST(ProgramTable, OptionsOfACommandAreItsOwnAndThenTheCommonOnes) {
    const auto options = cli::options_of(kProgram, kCommands[1]);

    ASSERT_EQ(options.size(), std::size(kDrain) + std::size(kCommon) + 2);
    EXPECT_EQ(options[0]->name, "reason");
    EXPECT_EQ(options[std::size(kDrain)]->name, "state-dir");
    EXPECT_EQ(options.back()->name, "version");
}

}  // namespace
}  // namespace zdr::test
