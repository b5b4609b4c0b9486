// The help that is made from a program's table.
#include "cli/help.h"

#include <gtest/gtest.h>

#include <sstream>

#include "made_up_program.h"

namespace zdr::test {
namespace {

const cli::Command& command(std::string_view name) {
    return *cli::find_command(kProgram, name);
}

TEST(Help, OfACommandHasItsOwnOptionsAndTheCommonOnesInOneColumn) {
    EXPECT_EQ(cli::format_help(kProgram, command("drain")),
              "usage: ctl drain [OPTION...] NAME...\n"
              "\n"
              "refuse new clients\n"
              "The backup status port still works.\n"
              "\n"
              "options:\n"
              "      --reason TEXT     why\n"
              "  -f, --force           even if no server is left\n"
              "  -b, --batch N         so many at a time\n"
              "\n"
              "common options:\n"
              "      --state-dir DIR   where the state is\n"
              "      --haproxy SOCKET  ask this HAProxy too\n"
              "  -q, --quiet           say nothing but errors\n"
              "  -v, --verbose         say more\n"
              "  -h, --help            show help and exit\n"
              "      --version         show the version and exit\n");
}

TEST(Help, OfACommandWithoutOptionsOfItsOwnSaysNothingOfThem) {
    const std::string help = cli::format_help(kProgram, command("metrics"));

    EXPECT_TRUE(help.starts_with("usage: ctl metrics\n\nprint metrics\n\ncommon options:\n")) << help;
}

TEST(Help, OfACommandLacksTheCommonOptionsThatItDoesNotRead) {
    EXPECT_EQ(cli::format_help(kProgram, command("metrics")).find("--haproxy"), std::string::npos);
    EXPECT_NE(cli::format_help(kProgram, command("wait")).find("--haproxy"), std::string::npos);
    EXPECT_NE(cli::format_help(kProgram).find("--haproxy"), std::string::npos);
    EXPECT_EQ(mistake({"metrics", "--haproxy", "/s"}), "nothing");  // one line of options may serve every command
}

TEST(Help, SaysWhatIsRequired) {
    const std::string help = cli::format_help(kProgram, command("add"));

    EXPECT_NE(help.find("      --port PORT        where the app listens (required)\n"), std::string::npos) << help;
    EXPECT_NE(help.find("      --address ADDRESS  of the server\n"), std::string::npos) << help;
}

TEST(Help, LongTextsAreBrokenBelow100Columns) {
    const std::string help = cli::format_help(kProgram, command("restart"));

    EXPECT_NE(
        help.find("      --on-busy WHAT    when sessions do not become idle: continue (default), or fail; a session "
                  "is\n                        busy while a request of it is not answered, and for a second after "
                  "that\n"),
        std::string::npos)
        << help;
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST(Help, AWordLongerThanTheLineIsNotBroken) {
    const std::string word(150, 'x');
    const cli::Command one = {.name = "one", .summary = word};
    const cli::Program program = {.name = "ctl", .commands = {&one, 1}};

    EXPECT_NE(cli::format_help(program).find("  one   " + word + "\n"), std::string::npos);
}

TEST(Help, OfTheProgramListsItsCommands) {
    EXPECT_EQ(cli::format_help(kProgram),
              "usage: ctl COMMAND [OPTION...] [NAME...]\n"
              "\n"
              "Flips servers.\n"
              "\n"
              "commands:\n"
              "  status   show the servers\n"
              "  drain    refuse new clients\n"
              "  wait     wait for a state\n"
              "  restart  restart servers\n"
              "  add      add a server\n"
              "  doctor   find faults\n"
              "  metrics  print metrics\n"
              "  help     show this, or the help of a command\n"
              "\n"
              "common options:\n"
              "      --state-dir DIR   where the state is\n"
              "      --haproxy SOCKET  ask this HAProxy too\n"
              "  -q, --quiet           say nothing but errors\n"
              "  -v, --verbose         say more\n"
              "  -h, --help            show help and exit\n"
              "      --version         show the version and exit\n"
              "\n"
              "exit status: 0 done\n");
}

TEST(Help, TheShortOneHasNoOptions) {
    const std::string help = cli::format_short_help(kProgram);

    EXPECT_TRUE(help.starts_with("usage: ctl COMMAND [OPTION...] [NAME...]\n\nFlips servers.\n\ncommands:\n")) << help;
    EXPECT_TRUE(
        help.ends_with("  help     show this, or the help of a command\n\nTry ctl help, or ctl help COMMAND.\n"))
        << help;
    EXPECT_EQ(help.find("--"), std::string::npos);
}

}  // namespace
}  // namespace zdr::test
