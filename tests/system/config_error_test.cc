// Bad configurations and command lines: one sentence, the right exit status, and nothing has changed.
#include <filesystem>

#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::string_literals;

const std::string kOneServer(kWebA);

struct BadFile {
    const char* name;
    std::string text;
    std::string mentions;  // on standard error
};

void PrintTo(const BadFile& bad, std::ostream* out) {
    *out << bad.name;
}

class BadFileTest : public SystemTest, public testing::WithParamInterface<BadFile> {};

TEST_P(BadFileTest, IsRefusedBeforeAnythingIsLoaded) {
    zdr().configure(GetParam().text);

    const Output output = zdr().load();

    expect_refusal(output, 2);
    EXPECT_NE(output.err.find(GetParam().mentions), std::string::npos) << output.err;
    expect_nothing_left();
}

TEST_P(BadFileTest, ChangesNothingOfWhatIsLoaded) {
    load(kOneServer);
    flip("drain", "webA");
    const std::string before = zdr().status();
    zdr().configure(GetParam().text);

    expect_refusal(zdr().load(), 2);

    EXPECT_EQ(zdr().status(), before);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadFileTest,
    testing::Values(
        BadFile{"UnknownKey", kOneServer + "weight = 5\n", "zdr.conf:5: unknown key \"weight\""},
        BadFile{"UnknownGlobalKey", "colour = red\n" + kOneServer, "zdr.conf:1: unknown key \"colour\""},
        BadFile{"UnknownSection", "[backend.srvs]\n" + kOneServer, "zdr.conf:1:"},
        BadFile{"NoKeyAndValue", kOneServer + "fall\n", "zdr.conf:5:"},
        BadFile{"PortZero", "[server.webA]\nport = 0\nstatus-port = 2000\n", "zdr.conf:2: port"},
        BadFile{"PortTooLarge", "[server.webA]\nport = 65536\nstatus-port = 2000\n", "zdr.conf:2: port"},
        BadFile{"FallZero", kOneServer + "fall = 0\n", "zdr.conf:5: fall"},
        BadFile{"InterWithoutNumber", kOneServer + "inter = soon\n", "zdr.conf:5: inter"},
        BadFile{"StartUnknown", kOneServer + "start = off\n", "zdr.conf:5: start"},
        BadFile{"AddressIsAName", "[server.webA]\naddress = localhost\nport = 1000\nstatus-port = 2000\n",
                "zdr.conf:2: address"},
        BadFile{"PortMissing", "[server.webA]\nstatus-port = 2000\n", "port is missing"},
        BadFile{"StatusPortMissing", "[server.webA]\nport = 1000\n", "status-port is missing"},
        BadFile{"NameTwice", kOneServer + "[server.webA]\nport = 1001\nstatus-port = 2001\n", "zdr.conf:5:"},
        BadFile{"StatusPortTwice", kOneServer + "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2000\n",
                "already webA's"},
        BadFile{"StatusPortIsItsOwnAppPort", "[server.webA]\nport = 1000\nstatus-port = 1000\n", "app port of webA"},
        BadFile{"StatusPortIsAnothersAppPort",
                kOneServer + "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 1000\n",
                "app port of webA"},
        BadFile{"StatusPortIsAnAppPortOnEveryAddress",
                "[server.webA]\nport = 1000\nstatus-port = 2000\n"
                "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 1000\n",
                "app port of webA"},
        BadFile{"BackupStatusPortIsTheStatusPort", kOneServer + "backup-status-port = 2000\n", "already its own"},
        BadFile{"OddBytesInName", "[server.web\x1b[31m]\nport = 1000\nstatus-port = 2000\n", "\\x1b"},
        BadFile{"SpaceInName", "[server.web A]\nport = 1000\nstatus-port = 2000\n", "\"web A\""},
        BadFile{"EmptyName", "[server.]\nport = 1000\nstatus-port = 2000\n", "empty"},
        BadFile{"LongName", "[server." + std::string(64, 'n') + "]\nport = 1000\nstatus-port = 2000\n", "64 bytes"},
        BadFile{"LongBackend", kOneServer + "backend = " + std::string(64, 'b') + "\n", "64 bytes"},
        BadFile{"NulByte", kOneServer + "# \0\n"s, "NUL"},
        BadFile{"RelativeCgroup", "cgroup = here\n" + kOneServer, "zdr.conf:1: cgroup"}),
    [](const auto& test) { return std::string(test.param.name); });

using ConfigErrorTest = SystemTest;

TEST_F(ConfigErrorTest, LongestNameWorks) {
    const std::string name(63, 'n');
    load("[server." + name + "]\nport = 1000\nstatus-port = 2000\nbackend = " + std::string(63, 'b') + "\n");

    flip("drain", name);

    EXPECT_EQ(zdr().state(name), "drain");
}

TEST_F(ConfigErrorTest, NoSuchFile) {
    load(kOneServer);
    const std::string before = zdr().status();
    std::filesystem::remove(zdr().config());

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("zdr.conf"), std::string::npos) << output.err;
    EXPECT_EQ(zdr().status(), before);
}

TEST_F(ConfigErrorTest, PathsAreShownHarmless) {
    const std::string odd = "/nowhere/\x1b[2J\xe2\x80\xae";
    for (const Command& command : {zdr().loader({"load", "-c", odd}), zdr().ctl({"apply", odd}),
                                   Command{ZdrPrograms::ctl_path(), "status", "--state-dir", odd}}) {
        const Output output = run(command);

        expect_refusal(output, output.status);
        EXPECT_NE(output.status, 0);
        EXPECT_TRUE(contains(output.err, "/nowhere/?[2J?")) << output.err;
    }
}

TEST_F(ConfigErrorTest, FileIsADirectory) {
    std::filesystem::create_directory(zdr().config());

    expect_refusal(zdr().load(), 1);

    expect_nothing_left();
}

TEST_F(ConfigErrorTest, GroupThatDoesNotExist) {
    zdr().configure("group = no-such-group\n" + kOneServer);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("no-such-group"), std::string::npos) << output.err;
    expect_nothing_left();
}

TEST_F(ConfigErrorTest, GroupThatDoesNotExistChangesNothing) {
    load(kOneServer);
    const std::string before = zdr().status();
    zdr().configure("group = no-such-group\n[server.webB]\nport = 1001\nstatus-port = 2001\n");

    expect_refusal(zdr().load(), 1);

    EXPECT_EQ(zdr().status(), before);
}

TEST_F(ConfigErrorTest, CommandLineOfTheLoader) {
    for (const Command& bad : {Command{"lode"}, {"load", "now"}, {"load", "--frobnicate"}, {"load", "-c"}})
        expect_refusal(run(zdr().loader(bad)), 2);
    for (const Command& bad : {Command{"load", "--state-dir", "here"}, {"load", "--cgroup", "here"}})
        expect_refusal(run(Command{ZdrPrograms::loader_path()} + bad), 2);

    expect_nothing_left();
}

TEST_F(ConfigErrorTest, TheLoaderWithoutACommandShowsItsShortHelp) {
    const Output output = run({ZdrPrograms::loader_path()});

    EXPECT_EQ(output.status, 2);
    EXPECT_EQ(output.out, "");
    EXPECT_TRUE(output.err.starts_with("usage: zdr-loader COMMAND [OPTION...]\n")) << output.err;
    expect_nothing_left();
}

TEST_F(ConfigErrorTest, NotLoaded) {
    for (const char* command : {"status", "drain", "maint", "ready"}) {
        const Output output = run(zdr().ctl({command, "webA"}));

        expect_refusal(output, 3);
        EXPECT_NE(output.err.find("zdr-loader load"), std::string::npos) << output.err;
    }
    expect_nothing_left();
}

TEST_F(ConfigErrorTest, UnknownServer) {
    load(kOneServer);
    const std::string before = zdr().status();

    for (const char* command : {"status", "drain", "maint", "ready"}) {
        const Output output = run(zdr().ctl({command, "webX"}));

        expect_refusal(output, 6);
        EXPECT_NE(output.err.find("webX"), std::string::npos) << output.err;
    }
    EXPECT_EQ(zdr().status(), before);
}

TEST_F(ConfigErrorTest, OneUnknownServerAmongManyFlipsNone) {
    load(kOneServer + "[server.webB]\nport = 1001\nstatus-port = 2001\n");
    const std::string before = zdr().status();

    expect_refusal(run(zdr().ctl({"drain", "webA", "webB", "webX", "--force", "--no-wait"})), 6);

    EXPECT_EQ(zdr().status(), before);
}

TEST_F(ConfigErrorTest, NamesThatNoServerCanHave) {
    load(kOneServer);
    const std::string before = zdr().status();

    for (const std::string& name : {"\x1b[2J"s, std::string(64, 'n'), std::string(5000, 'n'), "\xff\xfe"s, "a\nb"s}) {
        const Output output = run(zdr().ctl({"drain", name}));

        EXPECT_TRUE(output.status == 6 || output.status == 2) << output.status;
        expect_refusal(output, output.status);
        EXPECT_EQ(output.err.find('\x1b'), std::string::npos);
        EXPECT_LT(output.err.size(), 1000U);
    }
    EXPECT_EQ(zdr().status(), before);
}

TEST_F(ConfigErrorTest, EveryServerByNameAtOnce) {
    std::string config;
    Command names;
    for (int i = 0; i < 300; ++i) {
        names.push_back("web" + std::to_string(i));
        config += "[server." + names.back() + "]\nport = " + std::to_string(10000 + i) +
                  "\nstatus-port = " + std::to_string(20000 + i) + "\n";
    }
    load(config);

    const Output output = run(zdr().ctl(Command{"drain", "--force", "--no-wait"} + names));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(zdr().state("web0"), "drain");
    EXPECT_EQ(zdr().state("web299"), "drain");
}

}  // namespace
}  // namespace zdr::test
