// What zdrctl says about itself, and how it refuses a command line. No kernel needed.
#include <gtest/gtest.h>

#include "golden.h"
#include "support/test_env.h"
#include "zdr/base/text.h"

namespace zdr::test {
namespace {

std::string shown(const std::vector<std::string>& args) {
    std::string out = "$ zdrctl";
    for (const std::string& arg : args) out += " " + (printable(arg) == arg && !arg.empty() ? arg : in_quotes(arg));
    return out + "\n";
}

TEST(Help, OfTheProgramAndOfEachCommandIsTheGoldenOne) {
    for (const std::string command : {"status", "drain", "maint", "ready", "wait", "restart", "handover", "add",
                                      "remove", "apply", "import", "complete", "doctor", "metrics", "help"}) {
        TestEnv env;

        EXPECT_EQ(env.run({"help", command}), 0);

        expect_golden("help-" + command + ".txt", env.out_text);
        EXPECT_EQ(env.err_text, "");
    }
    TestEnv env;
    EXPECT_EQ(env.run({"help"}), 0);
    expect_golden("help.txt", env.out_text);
}

TEST(Help, ComesTheSameFromEveryWayToAskForIt) {
    TestEnv of_all;
    TestEnv of_drain;
    of_all.run({"help"});
    of_drain.run({"help", "drain"});
    TestEnv env;

    for (const char* option : {"--help", "-h"}) {
        EXPECT_EQ(env.run({option}), 0);
        EXPECT_EQ(env.out_text, of_all.out_text);
        EXPECT_EQ(env.run({"drain", option}), 0);
        EXPECT_EQ(env.out_text, of_drain.out_text);
        EXPECT_EQ(env.run({"drain", "webA", option}), 0);
        EXPECT_EQ(env.out_text, of_drain.out_text);
    }
}

TEST(Help, VersionIsThatOfTheProject) {
    TestEnv env;

    EXPECT_EQ(env.run({"--version"}), 0);

    EXPECT_EQ(env.out_text, "zdrctl " ZDR_VERSION "\n");
}

TEST(Usage, WithoutACommandTheShortHelpIsShownOnStandardError) {
    for (const std::vector<std::string>& args : {std::vector<std::string>{}, {"-q"}, {"--state-dir", "/x"}}) {
        TestEnv env;

        EXPECT_EQ(env.run(args), 2);

        EXPECT_EQ(env.out_text, "");
        expect_golden("short-help.txt", env.err_text);
    }
}

TEST(Usage, EveryBadCommandLineExits2WithOneLineAndNothingOnStandardOutput) {
    const std::vector<std::vector<std::string>> command_lines = {
        {""},
        {"frobnicate"},
        {"drian", "webA"},
        {"drain", "webA", "--resaon", "x"},
        {"wait", "webA"},
        {"wait", "webA", "--for", "godot"},
        {"wait", "--for=ready"},
        {"restart", "webA", "--"},
        {"restart", "--", "true"},
        {"restart", "webA", "--batch", "0", "--", "true"},
        {"restart", "webA", "--ready-url", "ftp://x", "--", "true"},
        {"restart", "webA"},
        {"doctor", "a.cfg", "b.cfg"},
        {"metrics", "webA"},
        {"Drain", "webA"},
        {"we\x1b[31m"},
        {"drain"},
        {"maint"},
        {"ready", "-q"},
        {"drain", "webA", "--frob"},
        {"drain", "webA", "-x"},
        {"drain", "webA", "--force", "-qx"},
        {"drain", "webA", "-q=yes"},
        {"drain", "webA", "--re", "x"},
        {"drain", "webA", "--NAME", "x"},
        {"drain", "webA", "--haproxy", "x"},
        {"drain", "webA", "--reason"},
        {"drain", "webA", "--reason", "--force"},
        {"drain", "webA", "--reason", "-q"},
        {"--state-dir", "--quiet", "status"},
        {"drain", "webA", "--state-dir="},
        {"drain", "webA", "--force=yes"},
        {"drain", "webA", "--reason", "a", "--reason", "b"},
        {"drain", "webA", "--force", "--force"},
        {"-q", "drain", "webA", "-q"},
        {"drain", "webA", "--ttl", "15"},
        {"drain", "webA", "--ttl", "999ms"},
        {"drain", "webA", "--ttl", "25d"},
        {"drain", "webA", "--ttl", "soon"},
        {"drain", "webA", "--ttl", "-5s"},
        {"drain", "webA", "--timeout", "60"},
        {"drain", "webA", "--timeout", ""},
        {"drain", "webA", "--json"},
        {"ready", "webA", "--ttl", "5m"},
        {"ready", "webA", "--force"},
        {"status", "--reason", "x"},
        {"status", "--state-dir", ""},
        {"--state-dir"},
        {"--ttl", "5m", "drain", "webA"},
        {"--state-di", "/x", "status"},
        {"import"},
        {"import", "a.cfg", "b.cfg"},
        {"import", "a.cfg", "--json"},
        {"add"},
        {"add", "webA"},
        {"add", "webA", "webB", "--port", "1000", "--status-port", "2000"},
        {"add", "web*", "--port", "1000", "--status-port", "2000"},
        {"add", "webA", "--port", "1000"},
        {"add", "webA", "--port", "0", "--status-port", "2000"},
        {"add", "webA", "--port", "1000", "--status-port", "2000", "--address", "localhost"},
        {"add", "webA", "--port", "1000", "--status-port", "2000", "--address", "*", "--address", "::1"},
        {"add", "webA", "--port", "1000", "--status-port", "2000", "--backend", "a b"},
        {"add", "webA", "--port", "1000", "--status-port", "2000", "--fall", "0"},
        {"add", "webA", "--port", "1000", "--status-port", "2000", "--inter", "0"},
        {"add", "webA", "--port", "1000", "--status-port", "2000", "--start", "up"},
        {"remove"},
        {"remove", "webA", "--timeout", "5s"},
        {"apply"},
        {"apply", "a.conf", "b.conf"},
        {"apply", "a.conf", "--force"},
        {"help", "frobnicate"},
        {"help", "drain", "ready"},
        {"drain", "webA", "--reason", "two\nlines"},
        {"drain", "webA", "--reason", std::string(112, 'x')},
        {"drain", "webA", "--reason", "no UTF-8: \xff"},
        {"restart", "webA", "--handover"},
        {"restart", "webA", "--handover", "--start", "a"},
        {"restart", "webA", "--start", "a", "--", "true"},
        {"restart", "webA", "--stop", "a", "--", "true"},
        {"restart", "webA", "--handover", "--start", "a", "--stop", "b", "--", "true"},
        {"restart", "webA", "--handover", "--start", "a", "--stop", "b", "--keep-listener"},
        {"restart", "webA", "--handover", "--start", "a", "--stop", "b", "--ttl", "5m"},
        {"handover", "webA"},
        {"handover", "webA", "--to", "0"},
        {"handover", "webA", "--to", "21000", "--back"},
    };
    std::string all;

    for (const auto& args : command_lines) {
        TestEnv env;
        const int exit_status = env.run(args);
        all += shown(args) + env.err_text;

        EXPECT_EQ(exit_status, 2) << shown(args);
        EXPECT_EQ(env.out_text, "") << shown(args);
        EXPECT_EQ(env.err_text.find('\n'), env.err_text.size() - 1) << env.err_text;
        EXPECT_EQ(env.err_text.find('\x1b'), std::string::npos) << env.err_text;
    }

    expect_golden("usage.txt", all);
}

}  // namespace
}  // namespace zdr::test
