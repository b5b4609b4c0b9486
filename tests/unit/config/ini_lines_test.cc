// Lines, sections and assignments, as a configuration that is read shows them.
#include "zdr/config/ini_lines.h"

#include <gtest/gtest.h>

#include "config_text.h"

namespace zdr::test {
namespace {

using namespace std::string_literals;

TEST(IniLines, LineEndsAndAByteOrderMark) {
    const auto config = parse_config(
        "\xef\xbb\xbfgroup = web\r\n\r\n[server.webA] # first\r\nport = 1000\t\r\nstatus-port = 2000", "zdr.conf");

    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->group, "web");
    ASSERT_EQ(config->servers.size(), 1U);
    EXPECT_EQ(config->servers[0].name, "webA");
    EXPECT_EQ(config->servers[0].status_port, Port(2000));
}

TEST(IniLines, SyntaxErrors) {
    EXPECT_EQ(error_of("\n\nport 1000\n"), "zdr.conf:3: \"port 1000\" is neither [section] nor key = value");
    EXPECT_EQ(error_of("server.webA]"), "zdr.conf:1: \"server.webA]\" is neither [section] nor key = value");
    EXPECT_EQ(error_of("[server.webA"), "zdr.conf:1: section header \"[server.webA\" does not end in ]");
    EXPECT_EQ(error_of("["), "zdr.conf:1: section header \"[\" does not end in ]");
    EXPECT_EQ(error_of("[server.web#A]"), "zdr.conf:1: section header \"[server.web\" does not end in ]");
    EXPECT_TRUE(
        error_of("\xef\xbb\xbf\xef\xbb\xbfgroup = a").starts_with("zdr.conf:1: unknown key \"\\xef\\xbb\\xbfgroup\" "));
    EXPECT_EQ(error_of("\xff\xfeg"), "zdr.conf:1: \"\\xff\\xfeg\" is neither [section] nor key = value");
}

TEST(IniLines, ErrorsComeSectionBySection) {
    EXPECT_TRUE(error_of("group = -\nnonsense\n").starts_with("zdr.conf:2:"));
    EXPECT_TRUE(error_of(with("fall = 0") + "[other]\nnonsense\n").starts_with("zdr.conf:4:"));
}

TEST(IniLines, NulBytesAreRefusedEvenInComments) {
    EXPECT_EQ(error_of("group = a\n# \0\n"s), "zdr.conf:2: the line has a NUL byte; this is not a text file");
    EXPECT_EQ(error_of("\0"s), "zdr.conf:1: the line has a NUL byte; this is not a text file");
}

TEST(IniLines, LinesHaveAtMost4096Bytes) {
    const std::string longest = "#" + std::string(4095, 'x');

    EXPECT_TRUE(parse_config(longest + "\n" + longest, "f"));
    EXPECT_EQ(error_of(longest + "\n" + longest + "x"), "zdr.conf:2: the line has 4097 bytes; at most 4096 are read");
}

}  // namespace
}  // namespace zdr::test
