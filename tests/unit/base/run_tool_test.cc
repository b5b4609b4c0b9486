// Tools that answer, fail, hang and talk without end.
#include "zdr/base/run_tool.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "support/deadline.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;

Result<std::string> run_script(const std::string& script,
                               const ToolLimits& limits = {test::stretched(test::kPatience)}) {
    return run_tool({"/bin/sh", "-c", script}, limits);
}

TEST(RunTool, GivesWhatTheToolWrites) {
    EXPECT_EQ(run_script("echo one; echo other >&2; echo two").value_or(""), "one\ntwo\n");
    EXPECT_EQ(run_script("head -c 1000000 /dev/zero").value_or("").size(), 1'000'000);
}

TEST(RunTool, HasNothingOfTheCaller) {
    setenv("ZDR_TEST_SECRET", "told", 1);
    std::signal(SIGPIPE, SIG_IGN);

    EXPECT_EQ(run_script("echo $ZDR_TEST_SECRET; cat; echo $LC_ALL").value_or(""), "\nC\n");
    const auto ignored = run_script("grep SigIgn /proc/self/status");
    ASSERT_TRUE(ignored) << ignored.error().text;
    EXPECT_EQ(std::stoull(ignored->substr(ignored->find('\t')), nullptr, 16) >> (SIGPIPE - 1) & 1, 0) << *ignored;

    std::signal(SIGPIPE, SIG_DFL);
    unsetenv("ZDR_TEST_SECRET");
}

TEST(RunTool, FailsAsTheToolDoes) {
    const auto failed = run_script("echo partly; echo 'no \033[31mrules' >&2; echo more >&2; exit 4");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, make_error_code(Errc::kFailed));
    EXPECT_TRUE(failed.error().text.ends_with("exit 4: no ?[31mrules")) << failed.error().text;

    const auto silent = run_script("exit 4");
    ASSERT_FALSE(silent);
    EXPECT_TRUE(silent.error().text.ends_with("exit 4: exit status 4")) << silent.error().text;

    const auto killed = run_script("kill -9 $$");
    ASSERT_FALSE(killed);
    EXPECT_TRUE(killed.error().text.ends_with("exit status 137")) << killed.error().text;
}

TEST(RunTool, WhatDoesNotExistIsAnError) {
    const auto failed = run_tool({"/nonexistent/tool", "-t", "nat"});

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().text, "run /nonexistent/tool -t nat: start it: No such file or directory");
}

TEST(RunTool, DoesNotWaitForOneThatHangs) {
    for (const char* script :
         {"exec sleep 1000", "trap '' TERM; echo some; while :; do sleep 1000; done", "exec >&-; exec sleep 1000"}) {
        const auto begin = std::chrono::steady_clock::now();

        const auto failed = run_script(script, {.time = milliseconds(200)});

        ASSERT_FALSE(failed) << script;
        EXPECT_EQ(failed.error().code, make_error_code(Errc::kTimedOut)) << failed.error().text;
        EXPECT_LT(std::chrono::steady_clock::now() - begin, test::stretched(milliseconds(10'000))) << script;
    }
}

TEST(RunTool, StopsOneThatTalksWithoutEnd) {
    const auto failed = run_script("exec yes", {test::stretched(test::kPatience), 100'000});

    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, make_error_code(Errc::kFailed));
    EXPECT_TRUE(failed.error().text.ends_with("its output exceeds 100000 bytes")) << failed.error().text;
}

TEST(RunTool, ComplaintsDoNotStopIt) {
    EXPECT_EQ(run_script("head -c 1000000 /dev/zero >&2; echo done").value_or(""), "done\n");
}

TEST(FindTool, LooksWhereTheSystemHasItsTools) {
    setenv("PATH", "/nonexistent", 1);

    EXPECT_EQ(find_tool("env"), "/usr/bin/env");
    EXPECT_EQ(find_tool("no-such-tool-of-zdr"), std::nullopt);
}

}  // namespace
}  // namespace zdr
