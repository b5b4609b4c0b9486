// Processes as /proc shows them, and who is behind a port of this very process.
#include "zdr/control/restart/app_processes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "unit/net/listener.h"
#include "zdr/model/flip.h"

namespace zdr::test {
namespace {

TEST(ReadProcesses, HasThisOneAndItsChildWhichIsYounger) {
    const ListeningProcess child("child");

    const Processes all = read_processes();

    ASSERT_TRUE(all.contains(getpid()));
    ASSERT_TRUE(all.contains(child.pid()));
    EXPECT_EQ(all.at(child.pid()).parent, getpid());
    EXPECT_GE(all.at(child.pid()).birth, all.at(getpid()).birth);
    EXPECT_LE(all.at(child.pid()).birth, static_cast<std::uint64_t>(clock_ticks(boot_now())));
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
