// The command line of zdr-loader.
#include "options.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/complete.h"
#include "cli/help.h"
#include "cli/parse.h"

namespace zdr::test {
namespace {

using Line = std::vector<std::string>;

class LoaderOptions : public testing::Test {
  protected:
    LoaderOptions() { unsetenv("ZDR_STATE_DIR"); }
    ~LoaderOptions() override { unsetenv("ZDR_STATE_DIR"); }

    static cli::Parsed parsed(const Line& args) {
        auto out = cli::parse(loader::program(), args);
        EXPECT_TRUE(out) << out.error().text;
        return out ? *out : cli::Parsed{};
    }
    static std::string mistake(const Line& args) {
        const auto out = cli::parse(loader::program(), args);
        if (!out) return out.error().text;
        const auto judged = loader::judge_options(*out);
        if (judged) return "nothing";
        return judged.error().code == make_error_code(Errc::kUsage) ? judged.error().text : "not Errc::kUsage";
    }
};

TEST_F(LoaderOptions, AreTheUsualOnesWhereNoneIsGiven) {
    const auto load = loader::load_options(parsed({"load"}));

    EXPECT_EQ(load.config, "/etc/zdr/zdr.conf");
    EXPECT_EQ(load.state_dir, "/run/zdr");
    EXPECT_EQ(load.cgroup, std::nullopt);
    EXPECT_EQ(load.interfaces, Line{});
    EXPECT_EQ(loader::unload_options(parsed({"unload"})).state_dir, "/run/zdr");
    EXPECT_EQ(loader::check_options(parsed({"check"})).cgroup, std::nullopt);
}

TEST_F(LoaderOptions, OfALoad) {
    const auto all = parsed(
        {"--state-dir", "/s", "load", "-c", "f", "-v", "--cgroup=auto", "--interface", "eth0", "--interface", "eth1"});
    const auto load = loader::load_options(all);

    EXPECT_EQ(load.config, "f");
    EXPECT_EQ(load.state_dir, "/s");
    EXPECT_EQ(load.cgroup, "auto");
    EXPECT_EQ(load.interfaces, (Line{"eth0", "eth1"}));
    EXPECT_TRUE(all.flag("verbose"));
}

TEST_F(LoaderOptions, CommonOnesMayBeGivenToEveryCommand) {
    for (const std::string command : {"load", "unload", "check"})
        EXPECT_EQ(mistake({command, "--state-dir", "/s", "--cgroup", "/c", "-v"}), "nothing");
    EXPECT_EQ(loader::unload_options(parsed({"unload", "--state-dir", "/s"})).state_dir, "/s");
    EXPECT_EQ(loader::check_options(parsed({"check", "--cgroup", "/c"})).cgroup, "/c");
}

TEST_F(LoaderOptions, TheStateDirectoryOfTheEnvironmentIsTakenWhereNoneIsGiven) {
    setenv("ZDR_STATE_DIR", "/e", 1);

    EXPECT_EQ(loader::unload_options(parsed({"unload"})).state_dir, "/e");
    EXPECT_EQ(loader::unload_options(parsed({"unload", "--state-dir", "/s"})).state_dir, "/s");

    setenv("ZDR_STATE_DIR", "", 1);
    EXPECT_EQ(loader::unload_options(parsed({"unload"})).state_dir, "/run/zdr");
}

TEST_F(LoaderOptions, AVariableThatNamesTheStateDirectoryIsNamedInItsErrors) {
    setenv("ZDR_STATE_DIR", "/e", 1);
    const Error error{make_error_code(Errc::kFailed), "open /e: Not a directory"};

    EXPECT_EQ(loader::with_state_dir_variable(error, parsed({"unload"})).text,
              "open /e: Not a directory; ZDR_STATE_DIR names /e");
    EXPECT_EQ(loader::with_state_dir_variable(error, parsed({"unload", "--state-dir", "/e"})).text, error.text);
}

TEST_F(LoaderOptions, MistakesAreNamed) {
    EXPECT_EQ(mistake({"lod"}), "unknown command \"lod\"; did you mean load? Try zdr-loader help");
    EXPECT_EQ(mistake({"load", "now"}), "load: unexpected argument now; try zdr-loader help load");
    EXPECT_EQ(mistake({"load", "-c"}), "load: --config has no value; try zdr-loader help load");
    EXPECT_EQ(mistake({"unload", "-c", "f"}), "unload: -c is an option of load; try zdr-loader help unload");
    EXPECT_EQ(mistake({"-c", "f", "load"}), "-c must stand after the command; try zdr-loader help");
    for (const std::string command : {"unload", "check"})
        EXPECT_EQ(mistake({command, "--interface", "lo"}),
                  command + ": --interface is an option of load; try zdr-loader help " + command);
    EXPECT_EQ(mistake({"load", "--state-dir", "here"}),
              "load: --state-dir \"here\" is not an absolute path; try zdr-loader help load");
    EXPECT_EQ(mistake({"check", "--state-dir="}), "check: --state-dir is empty; try zdr-loader help check");
    EXPECT_EQ(mistake({"load", "--keep", "-c", "f"}),
              "load: --keep takes no --config, --cgroup or --interface; try zdr-loader help load");
    EXPECT_EQ(mistake({"unload", "--keep"}), "unload: --keep is an option of load; try zdr-loader help unload");
    EXPECT_EQ(mistake({"load", "--cgroup", "here"}),
              "load: --cgroup \"here\" is neither an absolute path nor auto; try zdr-loader help load");
    EXPECT_EQ(mistake({"load", "--cgroup", "--state-dir"}),
              "load: --cgroup has no value; one that begins with - is written --cgroup=--state-dir; "
              "try zdr-loader help load");
}

TEST_F(LoaderOptions, HelpTellsThem) {
    EXPECT_EQ(parsed({"load", "--help"}).answer.value().text,
              "usage: zdr-loader load [OPTION...]\n"
              "\n"
              "install, upgrade, or follow a changed file; servers keep their states\n"
              "\n"
              "options:\n"
              "  -c, --config FILE    the configuration (default: /etc/zdr/zdr.conf)\n"
              "      --keep           read no file: replace the programs, and leave all that is loaded as it is\n"
              "      --interface IF   an interface to attach to, or auto; may be repeated (default: as configured)\n"
              "\n"
              "common options:\n"
              "      --state-dir DIR  where zdr keeps its state (else $ZDR_STATE_DIR, else /run/zdr)\n"
              "      --cgroup DIR     the cgroup v2 to attach to, or auto (default: as configured)\n"
              "  -v, --verbose        say each step\n"
              "  -h, --help           show help and exit\n"
              "      --version        show the version and exit\n");
}

TEST_F(LoaderOptions, HelpOfACommandLacksWhatItDoesNotRead) {
    EXPECT_EQ(parsed({"unload", "--help"}).answer.value().text.find("--cgroup"), std::string::npos);
    EXPECT_NE(parsed({"check", "--help"}).answer.value().text.find("--cgroup"), std::string::npos);
    EXPECT_EQ(parsed({"--help"}).answer.value().text.find("complete"), std::string::npos);
}

TEST_F(LoaderOptions, AreCompletedByTheTable) {
    const auto no_servers = [](const cli::Parsed&) { return Line(); };
    const auto completed = [&](const Line& words) {
        return cli::format_completion(cli::complete(loader::program(), words, no_servers));
    };
    EXPECT_EQ(completed({"lo"}), "load\n:nothing\n");
    EXPECT_EQ(completed({"check", "--pr"}), "--probe\n:nothing\n");
    EXPECT_EQ(completed({"load", "-c", ""}), ":files\n");
    EXPECT_EQ(parsed({"complete", "--", "lo"}).after, Line{"lo"});
}

}  // namespace
}  // namespace zdr::test
