// What a person at a terminal sees: zdrctl on a pseudo-terminal, whose whole screen is compared with a golden one.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <regex>
#include <thread>

#include "golden.h"
#include "pty_program.h"
#include "support/decide.h"
#include "table_test.h"
#include "zdr_checkers.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kCtrlC = "\x03";
constexpr const char* kCtrlBackslash = "\x1c";
constexpr const char* kCtrlZ = "\x1a";
constexpr const char* kBegin = "\x1b[?1049h";
constexpr const char* kEnd = "\x1b[?1049l";

// What is another each time, made the same, so that screens can be compared: the clock and the state directory.
std::string comparable(const std::string& screen) {
    const std::string out = std::regex_replace(screen, std::regex("[0-9]{2}:[0-9]{2}:[0-9]{2}"), "00:00:00");
    return std::regex_replace(out, std::regex("zdr-table-[A-Za-z0-9]{6}"), "zdr-table-XXXXXX");
}

class TerminalTest : public TableTest {
  protected:
    // Three servers of which one is out and one is in maintenance, long ago, so that their ages do not tick.
    void add_some() {
        add_three();
        set(0, State::kDrain, 3h, "deploy", "release 42, which has a reason that does not fit");
        set(2, State::kMaint, 26h, "root", "");
    }
    void set(std::uint32_t slot, State state, std::chrono::nanoseconds ago, const std::string& by,
             const std::string& reason) {
        Flip flip;
        const Now now = ctl::ProcessEnv().now();
        flip.state = state;
        flip.since_boot = now.boot - ago;
        flip.since_unix = now.wall - ago;
        flip.uid = by == "root" ? 0 : 1000;
        flip.by = by;
        flip.reason = reason;
        ASSERT_TRUE(table->set_flip(slot, flip));
    }
    PtyProgram start(const std::vector<std::string>& args, std::size_t columns,
                     const std::map<std::string, std::string>& variables = {}) {
        std::vector<std::string> command = {ZDR_ZDRCTL, "--state-dir", table->path()};
        command.insert(command.end(), args.begin(), args.end());
        return PtyProgram(command, {columns, 24}, variables);
    }
    // A check of webA by haproxy.
    void ask(std::chrono::nanoseconds ago = 0s) {
        zdr_check check{};
        std::memcpy(check.from, "haproxy", 7);
        const auto state = table->state(0);
        const auto now = static_cast<__u64>((ctl::ProcessEnv().now().boot - ago).count());
        const __u32 verdict = verdict_on(ZDR_STATUS_PORT, state ? &*state : nullptr, now);
        ASSERT_EQ(zdr_note_in(checks_.checkers, ZDR_CHECKERS, &check, verdict, now, ZDR_COST_ANY), ZDR_NOTED);
        zdr_count_check(&checks_, verdict);
        ASSERT_TRUE(table->set_checks(0, checks_));
    }

  private:
    zdr_checks checks_{};
};

class TerminalWidthTest : public TerminalTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(TerminalWidthTest, StatusFits) {
    add_some();
    auto program = start({"status", "-q"}, GetParam());

    ASSERT_EQ(program.wait(), 0) << program.bytes();

    expect_golden(fmt::format("terminal/status-{}.txt", GetParam()), program.screen());
}

TEST_P(TerminalWidthTest, StatusOfOneServerFitsWithItsCheckers) {
    add_some();
    ask(20min);
    auto program = start({"status", "webA", "-q"}, GetParam());

    ASSERT_EQ(program.wait(), 0) << program.bytes();

    expect_golden(fmt::format("terminal/checkers-{}.txt", GetParam()), program.screen());
}

TEST_P(TerminalWidthTest, WatchShowsTheTimeAndWhatIsNotReadyFirst) {
    add_some();
    auto program = start({"status", "--watch"}, GetParam());
    ASSERT_TRUE(program.writes("webB"));
    ASSERT_TRUE(program.writes("\x1b[J"));

    expect_golden(fmt::format("terminal/watch-{}.txt", GetParam()), comparable(program.screen()));
}

INSTANTIATE_TEST_SUITE_P(Columns, TerminalWidthTest, testing::Values(50, 80, 120));

TEST_F(TerminalTest, WideShowsEveryColumnAndAPipeToo) {
    add_some();
    ASSERT_EQ(run({"status"}), 0);
    const std::string all = env.out_text;
    auto program = start({"status", "--wide", "-q"}, 250, {{"NO_COLOR", "1"}});

    ASSERT_EQ(program.wait(), 0);

    EXPECT_EQ(program.screen(), all);
    EXPECT_EQ(all.find('\x1b'), std::string::npos);
    EXPECT_NE(all.find("REDIRECTED"), std::string::npos) << all;
}

TEST_F(TerminalTest, WhatIsLeftOutIsNamed) {
    add_some();
    auto program = start({"status"}, 80);

    ASSERT_EQ(program.wait(), 0);

    EXPECT_NE(program.screen().find("\n--wide shows ADDRESS, PORT, REDIRECTED, REFUSED, too\n"), std::string::npos)
        << program.screen();
}

TEST_F(TerminalTest, ColoursAreOffWhereNobodyWantsOrKnowsThem) {
    add_some();
    const auto has_colours = [&](const std::map<std::string, std::string>& variables) {
        auto program = start({"status"}, 80, variables);
        EXPECT_EQ(program.wait(), 0);
        return program.bytes().find('\x1b') != std::string::npos;
    };

    EXPECT_TRUE(has_colours({}));
    EXPECT_TRUE(has_colours({{"NO_COLOR", ""}}));
    EXPECT_FALSE(has_colours({{"NO_COLOR", "1"}}));
    EXPECT_FALSE(has_colours({{"TERM", "dumb"}}));
    EXPECT_FALSE(has_colours({{"TERM", ""}}));
}

TEST_F(TerminalTest, ADumbTerminalGetsTablesOneAfterTheOther) {
    add_some();
    auto program = start({"status", "--watch"}, 80, {{"TERM", "dumb"}});
    ASSERT_TRUE(program.writes("NAME"));
    ASSERT_TRUE(program.writes("NAME"));

    program.type(kCtrlC);

    EXPECT_EQ(program.wait(), 130);
    EXPECT_EQ(program.bytes().find('\x1b'), std::string::npos) << program.bytes();
}

TEST_F(TerminalTest, WatchMarksAndTellsWhatChanges) {
    add_some();
    auto program = start({"status", "--watch"}, 80);
    ASSERT_TRUE(program.writes("none since"));

    set(1, State::kDrain, 4h, "deploy", "");
    ASSERT_TRUE(program.writes("webB: ready -> drain"));
    ASSERT_TRUE(program.writes("\x1b[J"));

    expect_golden("terminal/watch-change.txt", comparable(program.screen()));
}

TEST_F(TerminalTest, WatchFollowsTheWindow) {
    add_some();
    auto program = start({"status", "--watch"}, 120);
    ASSERT_TRUE(program.writes("\x1b[J"));

    program.resize({50, 5});
    ASSERT_TRUE(program.writes("2 more"));
    ASSERT_TRUE(program.writes("\x1b[J"));

    expect_golden("terminal/watch-resized.txt", comparable(program.screen()));
}

TEST_F(TerminalTest, WatchOfAThousandServersFillsTheWindowAndNoMore) {
    for (std::uint16_t i = 0; i < 1000; ++i)
        ASSERT_TRUE(table->add(make_server(fmt::format("web{:04}", i), "srvs", static_cast<std::uint16_t>(1000 + i))));
    for (std::uint32_t slot = 990; slot < 1000; ++slot) set(slot, State::kDrain, 3h, "deploy", "release 42");
    auto program = start({"status", "--watch"}, 80);
    ASSERT_TRUE(program.writes("990 ready"));
    ASSERT_TRUE(program.writes("\x1b[J"));
    ASSERT_TRUE(program.writes("\x1b[J"));  // drawn over

    expect_golden("terminal/watch-1000.txt", comparable(program.screen()));
}

TEST_F(TerminalTest, CtrlCEndsAWatchWithOneCleanLine) {
    add_some();
    auto program = start({"status", "--watch"}, 80);
    ASSERT_TRUE(program.writes(kBegin));
    ASSERT_TRUE(program.writes("\x1b[J"));

    program.type(kCtrlC);

    EXPECT_EQ(program.wait(), 130);
    EXPECT_EQ(program.screen(), "zdrctl: status: interrupted\n");
}

TEST_F(TerminalTest, AQuitEndsAWatchAsCtrlCDoes) {
    add_some();
    auto program = start({"status", "--watch"}, 80);
    ASSERT_TRUE(program.writes("\x1b[J"));

    program.type(kCtrlBackslash);

    EXPECT_EQ(program.wait(), 130);
    EXPECT_EQ(program.screen(), "zdrctl: status: interrupted\n");
    EXPECT_GT(program.bytes().rfind("\x1b[?25h"), program.bytes().rfind("\x1b[?25l")) << "there is a cursor again";
}

TEST_F(TerminalTest, CtrlZGivesTheShellItsScreenBackMeanwhile) {
    add_some();
    auto program = start({"status", "--watch"}, 80);
    ASSERT_TRUE(program.writes("\x1b[J"));

    program.type(kCtrlZ);
    ASSERT_TRUE(program.writes(kEnd));
    EXPECT_EQ(program.screen(), "");
    ASSERT_EQ(kill(program.pid(), SIGCONT), 0);
    ASSERT_TRUE(program.writes(kBegin));
    ASSERT_TRUE(program.writes("\x1b[J"));

    EXPECT_NE(program.screen().find("webB"), std::string::npos) << program.screen();
}

TEST_F(TerminalTest, AWatchThatFailsSaysWhyOnTheScreenOfTheShell) {
    add_some();
    auto program = start({"status", "--watch", "web*"}, 80);
    ASSERT_TRUE(program.writes("\x1b[J"));

    ASSERT_EQ(run({"remove", "web*", "--force"}), 0) << env.err_text;

    EXPECT_EQ(program.wait(), 6);
    EXPECT_EQ(program.screen(), "zdrctl: status \"web*\": no server matches \"web*\"; zdr has lone\n");
}

class TerminalWaitTest : public TerminalTest, public testing::WithParamInterface<std::size_t> {};

// haproxy has asked every 2 s and asks no more: what is missing stays as it is.
TEST_P(TerminalWaitTest, SaysWhoIsMissingAndHowLongItWillTakeInOneLine) {
    add_three();
    for (int i = 0; i < 3; ++i) {
        ask();
        std::this_thread::sleep_for(2s);  // the interval that is observed
    }
    auto program = start({"drain", "webA", "--timeout", "60s"}, GetParam());
    ASSERT_TRUE(program.writes("webA: drain (was ready)"));
    ask();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(program.writes("webA is not drained yet, about "));  // by a new look
    ASSERT_TRUE(program.writes("\r"));
    // On a busy machine it looks later.
    const std::string waits = std::regex_replace(program.screen(), std::regex("about [1-5]s more"), "about 4s more");

    program.type(kCtrlC);

    EXPECT_EQ(program.wait(), 130);
    expect_golden(fmt::format("terminal/wait-{}.txt", GetParam()), waits + "-- Ctrl-C --\n" + program.screen());
}

INSTANTIATE_TEST_SUITE_P(Columns, TerminalWaitTest, testing::Values(50, 80, 120));

}  // namespace
}  // namespace zdr::test
