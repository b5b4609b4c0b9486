// Commands of a restart: placeholders, and whether they are there.
#include "zdr/control/restart/command.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace zdr {
namespace {

Server web_a() {
    Server out;
    out.name = "webA";
    out.app_port = Port(1000);
    return out;
}

TEST(RestartCommand, PlaceholdersAreTheServers) {
    Server server = web_a();
    EXPECT_EQ(expand_placeholders("{name} {address}:{port} {name}", server), "webA 127.0.0.1:1000 webA");

    server.addresses = {*Address::parse("fd00::7")};
    EXPECT_EQ(expand_placeholders("{address}:{port}", server), "[fd00::7]:1000");
    EXPECT_EQ(shell_command("x {name}", server), (std::vector<std::string>{"/bin/sh", "-c", "x webA"}));
}

TEST(RestartCommand, ProgramIsFoundAsAShellWould) {
    EXPECT_TRUE(check_program("true"));
    EXPECT_TRUE(check_program("/bin/sh"));

    const auto missing = check_program("no-such-program");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().text,
              "run no-such-program: No such file in PATH (" + std::string(std::getenv("PATH")) + ")");
    EXPECT_EQ(check_program("/etc/passwd").error().text, "run /etc/passwd: not an executable file");
    EXPECT_EQ(check_program("/etc").error().text, "run /etc: not an executable file");
    EXPECT_EQ(check_program("/no/where").error().text, "run /no/where: No such file");
}

TEST(RestartCommand, FirstWordOfALineOfShIsFound) {
    for (const char* line : {"true", "  true && false", "if true; then true; fi", "cd /; true", "exec true", "A=1 x",
                             "\"$HOME/x\" y", "$x", "", "(true)", "x() { true; }; x"})
        EXPECT_TRUE(check_shell_line(line, web_a())) << line;

    for (const char* line : {"no-such-program", "no-such-program; true", "/no/where x", "./{name}/no-such"})
        EXPECT_FALSE(check_shell_line(line, web_a())) << line;
}

}  // namespace
}  // namespace zdr
