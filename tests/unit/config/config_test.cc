// The configuration file as a whole: keys of the host, sections, and the file itself.
#include "zdr/config/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "config_text.h"

namespace zdr::test {
namespace {

using namespace std::string_literals;

TEST(Config, EmptyTextsAreTheDefaults) {
    for (const std::string_view text : {"", "\n", "\r\n", "# nothing", " \t\n#\n", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) {
        const auto config = parse_config(text, "zdr.conf");

        ASSERT_TRUE(config) << config.error().text;
        EXPECT_EQ(config->cgroup, "auto");
        EXPECT_EQ(config->interfaces, std::vector{"auto"s});
        EXPECT_EQ(config->group, "zdr");
        EXPECT_FALSE(config->group_is_named);
        EXPECT_TRUE(config->servers.empty());
    }
}

TEST(Config, EveryKeyOfTheHost) {
    const auto config = parse_config(R"(
cgroup = /sys/fs/cgroup/unified   # a comment
interface = eth0
interface=eth1.7
  group = deployers
)",
                                     "zdr.conf");

    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->cgroup, "/sys/fs/cgroup/unified");
    EXPECT_EQ(config->interfaces, (std::vector{"eth0"s, "eth1.7"s}));
    EXPECT_EQ(config->group, "deployers");
    EXPECT_TRUE(config->group_is_named);
}

TEST(Config, ServersStayInTheFilesOrder) {
    const auto config = parse_config(
        "[server.z]\nport=1\nstatus-port=2\n[server.a.b.c]\nport=3\nstatus-port=4\n[server.m]\nport=5\nstatus-port=6",
        "zdr.conf");

    ASSERT_TRUE(config) << config.error().text;
    ASSERT_EQ(config->servers.size(), 3U);
    EXPECT_EQ(config->servers[0].name, "z");
    EXPECT_EQ(config->servers[1].name, "a.b.c");
    EXPECT_EQ(config->servers[2].name, "m");
}

TEST(Config, DotsInNamesDoNotMixSections) {
    const auto config = parse_config(
        "[server.a.]\nport=1\nstatus-port=2\n[server.a]\nport=3\nstatus-port=4\n[server.a.port]\nport=5\nstatus-port="
        "6\n",
        "zdr.conf");

    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->servers[0].name, "a.");
    EXPECT_EQ(config->servers[1].name, "a");
    EXPECT_EQ(config->servers[2].name, "a.port");
    EXPECT_EQ(config->servers[0].app_port, Port(1));
    EXPECT_TRUE(error_of("[server.a]\nb.port = 1\n").starts_with("zdr.conf:2: unknown key \"b.port\" in"));
}

TEST(Config, ValuesOfKeysOfTheHost) {
    EXPECT_EQ(parse_config("cgroup = auto", "f")->cgroup, "auto");
    EXPECT_EQ(parse_config("cgroup = /", "f")->cgroup, "/");
    EXPECT_EQ(parse_config("interface = auto", "f")->interfaces, std::vector{"auto"s});
    EXPECT_EQ(parse_config("interface = 123456789012345", "f")->interfaces, std::vector{"123456789012345"s});
    EXPECT_EQ(parse_config("group = zdr", "f")->group_is_named, true);
    EXPECT_EQ(parse_config("group = web_1-x.y", "f")->group, "web_1-x.y");
}

TEST(Config, BadValuesOfKeysOfTheHost) {
    const std::pair<std::string, std::string> cases[] = {
        {"cgroup = sys/fs", "cgroup: \"sys/fs\" is neither auto nor an absolute path"},
        {"cgroup =", "cgroup: \"\" is neither auto nor an absolute path"},
        {"cgroup = /" + std::string(255, 'x'), "cgroup: the path has 256 bytes; at most 255 fit"},
        {"interface =", "interface: \"\" is not an interface name (1 to 15 bytes without space, / and :)"},
        {"interface = 1234567890123456",
         "interface: \"1234567890123456\" is not an interface name (1 to 15 bytes without space, / and :)"},
        {"interface = a/b", "interface: \"a/b\" is not an interface name (1 to 15 bytes without space, / and :)"},
        {"interface = eth0 eth1",
         "interface: \"eth0 eth1\" is not an interface name (1 to 15 bytes without space, / and :)"},
        {"interface = ..", "interface: \"..\" is not an interface name (1 to 15 bytes without space, / and :)"},
        {"group =", "group: \"\" is not the name of a group"},
        {"group = -x", "group: \"-x\" is not the name of a group"},
        {"group = a b", "group: \"a b\" is not the name of a group"},
        {"group = a:b", "group: \"a:b\" is not the name of a group"},
        {"group = " + std::string(65, 'g'), "group: \"" + std::string(65, 'g') + "\" is not the name of a group"},
    };
    for (const auto& [line, text] : cases) EXPECT_EQ(error_of("\n" + line), "zdr.conf:2: " + text);
}

TEST(Config, AutoStandsAlone) {
    const std::string text = "zdr.conf:2: interface: auto means every interface; it stands alone";

    EXPECT_EQ(error_of("interface = auto\ninterface = eth0"), text);
    EXPECT_EQ(error_of("interface = eth0\ninterface = auto"), text);
    EXPECT_EQ(error_of("interface = eth0\ninterface = eth0"), "zdr.conf:2: interface: \"eth0\" is there twice");
}

TEST(Config, RewritingIsOnUnlessItIsSaidToBeOff) {
    EXPECT_TRUE(parse_config(kMinimal, "zdr.conf")->rewriting);
    EXPECT_TRUE(parse_config("rewriting = auto\n" + kMinimal, "zdr.conf")->rewriting);
    EXPECT_FALSE(parse_config("rewriting = off\n" + kMinimal, "zdr.conf")->rewriting);
    EXPECT_EQ(error_of("rewriting = on\n" + kMinimal), "zdr.conf:1: rewriting: \"on\" is neither auto nor off");
}

TEST(Config, UnknownKeys) {
    EXPECT_EQ(error_of(with("weight = 1")),
              "zdr.conf:4: unknown key \"weight\" in [server.webA]; it may be address, port, status-port, "
              "backup-status-port, backend, checks, fall, rise, inter, fastinter, downinter, check-uri, check-host, "
              "check-status, check-method, check-timeout, check-ssl, check-complete, checkers, unchecked, "
              "replace-listener, published, handover-ports, drain-port, start");
    EXPECT_TRUE(error_of(with("group = x")).starts_with("zdr.conf:4: unknown key \"group\" in [server.webA]; "));
    EXPECT_TRUE(error_of(with("= 1")).starts_with("zdr.conf:4: unknown key \"\""));
    EXPECT_TRUE(error_of(with("Port = 1")).starts_with("zdr.conf:4: unknown key \"Port\""));
    EXPECT_TRUE(error_of(with("po rt\x1b = 1")).starts_with("zdr.conf:4: unknown key \"po rt\\x1b\""));
}

TEST(Config, AServersKeyAboveItsSection) {
    EXPECT_EQ(error_of("# top\nport = 1000\n" + kMinimal),
              "zdr.conf:2: unknown key \"port\" above the first section; it may be cgroup, rewriting, interface, "
              "group, haproxy");
    EXPECT_TRUE(error_of("server.webA.port = 1000\n").starts_with("zdr.conf:1: unknown key \"server.webA.port\" ab"));
}

TEST(Config, AKeyTwice) {
    EXPECT_EQ(error_of(with("port = 1000")), "zdr.conf:4: key port is there twice (the earlier is at line 2)");
    EXPECT_EQ(error_of("group = a\n\ngroup = a"), "zdr.conf:3: key group is there twice (the earlier is at line 1)");
}

TEST(Config, AMissingKeyIsAtTheSectionsHeader) {
    EXPECT_EQ(error_of("\n[server.webA]\nstatus-port = 2000"), "zdr.conf:2: key port is missing in [server.webA]");
    EXPECT_EQ(error_of("\n[server.webA]\nport = 1000\n[server.webB]"),
              "zdr.conf:2: key status-port is missing in [server.webA]");
    EXPECT_EQ(error_of("[server.webA]"), "zdr.conf:1: key port is missing in [server.webA]");
}

TEST(Config, UnknownSections) {
    const std::string end = "; write [server.NAME]";

    EXPECT_EQ(error_of("\n[backend.srvs]\nx = 1"), "zdr.conf:2: unknown section \"backend.srvs\"" + end);
    EXPECT_EQ(error_of("[server]"), "zdr.conf:1: unknown section \"server\"" + end);
    EXPECT_EQ(error_of("[Server.webA]"), "zdr.conf:1: unknown section \"Server.webA\"" + end);
    EXPECT_EQ(error_of("[ server.webA ]"), "zdr.conf:1: unknown section \" server.webA \"" + end);
    EXPECT_EQ(error_of("[]"), "zdr.conf:1: unknown section \"\"" + end);
    EXPECT_EQ(error_of("[\x1b]"), "zdr.conf:1: unknown section \"\\x1b\"" + end);
}

TEST(Config, BadNames) {
    EXPECT_EQ(error_of("[server.]"), "zdr.conf:1: a name is empty");
    EXPECT_EQ(error_of("[server.web A]"), "zdr.conf:1: name \"web A\" may have only letters, digits and - _ . :");
    EXPECT_EQ(error_of("[server." + std::string(64, 'x') + "]"),
              "zdr.conf:1: name \"" + std::string(64, 'x') + "\" has 64 bytes; at most 63 fit");
}

TEST(Config, ASectionTwice) {
    EXPECT_EQ(error_of(kMinimal + "[server.webA]\nfall = 4\n"),
              "zdr.conf:4: section [server.webA] is there twice (the earlier is at line 1)");
}

TEST(Config, ClashesAreAtTheLaterServer) {
    EXPECT_EQ(error_of(kMinimal + "\n[server.webB]\nport = 1001\nstatus-port = 2000"),
              "zdr.conf:5: status port *:2000 of webB is already webA's (the earlier is at line 1)");
    EXPECT_EQ(error_of(kMinimal + "[server.webB]\nport = 2000\nstatus-port = 2001"),
              "zdr.conf:4: status port *:2000 of webA is the app port of webB (the earlier is at line 1)");
    EXPECT_EQ(error_of("[server.webA]\nport = 1000\nstatus-port = 1000"),
              "zdr.conf:1: status port *:1000 of webA is the app port of webA");
    EXPECT_EQ(error_of(with("backup-status-port = 1000")),
              "zdr.conf:1: status port *:1000 of webA is the app port of webA");
    EXPECT_EQ(error_of(with("backup-status-port = 2000")), "zdr.conf:1: status port *:2000 of webA is already its own");
}

TEST(Config, ErrorsAreShortAndOneLine) {
    const std::string longest(4000, '\x01');
    for (const std::string& text :
         {longest, longest + " = x", "[" + longest + "]", "[server." + longest + "]", "[" + longest,
          "cgroup = " + longest, "interface = " + longest, "group = " + longest, with("address = " + longest),
          with("start = " + longest), with("inter = " + longest), with("fall = " + longest),
          with("backend = " + longest), with(longest + " = 1")}) {
        const std::string error = error_of(text);

        EXPECT_LE(error.size(), 440U) << error;
        EXPECT_EQ(error.find_first_of("\n\r\x01"), std::string::npos);
    }
}

TEST(Config, AsManyServersAsTheKernelHolds) {
    std::string text;
    for (int i = 0; i < 65536; ++i)
        text += "[server.s" + std::to_string(i) + "]\nport=1000\nstatus-port=2000\naddress=10.0." +
                std::to_string(i / 256) + "." + std::to_string(i % 256) + "\n";

    const auto most = parse_config(text, "zdr.conf");

    EXPECT_EQ(error_of(text + "[server.more]\nport=1\nstatus-port=2\n"),
              "zdr.conf:262145: this is server 65537; at most 65536 fit");
    ASSERT_TRUE(most) << most.error().text;
    EXPECT_EQ(most->servers.size(), 65536U);
}

// A directory of its own for each test, gone at its end.
class ConfigFile : public testing::Test {
  protected:
    ConfigFile() {
        std::string name = testing::TempDir() + "zdr-config-XXXXXX";
        directory_ = mkdtemp(name.data());
    }
    ~ConfigFile() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& text) const {
        const std::string path = directory_ / "zdr.conf";
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    std::filesystem::path directory_;
};

TEST_F(ConfigFile, IsRead) {
    const std::string path = write(kMinimal);

    const auto config = read_config(path);

    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->servers.size(), 1U);
}

TEST_F(ConfigFile, ItsErrorsNameIt) {
    const std::string path = write("\nnonsense\n");

    const auto config = read_config(path);

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().text, path + ":2: \"nonsense\" is neither [section] nor key = value");
}

TEST_F(ConfigFile, MustExist) {
    const std::string path = directory_ / "none";

    const auto config = read_config(path);

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().text, "open " + path + ": No such file or directory");
    EXPECT_EQ(exit_status(config.error()), 1);
}

TEST_F(ConfigFile, IsNoDirectory) {
    const auto config = read_config(directory_);

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().text, "read " + directory_.string() + ": Is a directory");
}

TEST_F(ConfigFile, MayBeAPipe) {
    const std::string path = directory_ / "pipe";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { std::ofstream(path) << kMinimal; });

    const auto config = read_config(path);

    writer.join();
    ASSERT_TRUE(config) << config.error().text;
    EXPECT_EQ(config->servers.size(), 1U);
}

TEST_F(ConfigFile, OfMoreThan64MiBIsRefused) {
    const std::string path = write("#");
    std::filesystem::resize_file(path, (64U << 20) + 1);

    const auto config = read_config(path);

    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().text, "read " + path + ": it is larger than 64 MiB");
    EXPECT_EQ(config.error().code, Errc::kUsage);
}

}  // namespace
}  // namespace zdr::test
