// Processes as /proc shows them, and who is behind a port of this very process.
#include "zdr/control/restart/app_processes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/net/listener.h"
#include "zdr/model/flip.h"

namespace zdr::test {
namespace {

std::string stat_text(const std::string& name, const std::string& state = "S") {
    return "42 (" + name + ") " + state +
           " 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000000 300 18446744073709551615 1 2 140731 0 0 0\n";
}

TEST(ProcessStat, HasWhatStatSays) {
    const auto one = parse_process_stat(stat_text("my (odd) name)"));

    ASSERT_TRUE(one);
    EXPECT_EQ(*one, (ProcessStat{42, 7, 12345, 140731, "my (odd) name)"}));
}

TEST(ProcessStat, ThereIsNoneOfWhatHasEnded) {
    EXPECT_FALSE(parse_process_stat(stat_text("sh", "Z")));
    EXPECT_FALSE(parse_process_stat(""));
    EXPECT_FALSE(parse_process_stat("42 (sh) S 7"));
    EXPECT_FALSE(parse_process_stat("x (sh) S " + stat_text("sh").substr(10)));
}

TEST(ReadProcesses, HasThisOneAndItsChildWhichIsYounger) {
    const ListeningProcess child("child");

    const Processes all = read_processes();

    ASSERT_TRUE(all.contains(getpid()));
    ASSERT_TRUE(all.contains(child.pid()));
    EXPECT_EQ(all.at(child.pid()).parent, getpid());
    EXPECT_GE(all.at(child.pid()).birth, all.at(getpid()).birth);
    EXPECT_LE(all.at(child.pid()).birth, clock_ticks(boot_now()));
    EXPECT_EQ(all.at(child.pid()).image, all.at(getpid()).image) << "it has forked, not executed";
    EXPECT_NE(all.at(getpid()).image, 0U);
}

TEST(LookAtApp, FindsTheHoldersOfAPort) {
    const ListeningProcess child("child");
    const auto socket = find_listed(child.inode());
    ASSERT_TRUE(socket);
    Server server;
    server.app_port = socket->port;

    const auto app = look_at_app(server);

    ASSERT_TRUE(app) << app.error().text;
    EXPECT_TRUE(app->is_whole);
    EXPECT_EQ(app->sockets.size(), 1U);
    EXPECT_EQ(app->holders, Pids{child.pid()});
    EXPECT_TRUE(app->outer.contains(getpid()));
    EXPECT_TRUE(app->outer.contains(1));
}

}  // namespace
}  // namespace zdr::test
