// Owners of sockets: this process, and children of it.
#include "zdr/net/socket_owners.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "listener.h"

namespace zdr::test {
namespace {

std::vector<pid_t> pids(const std::vector<RunningProcess>& processes) {
    std::vector<pid_t> out;
    for (const RunningProcess& one : processes) out.push_back(one.pid);
    return out;
}

TEST(SocketOwners, AreNamedByWhatTheyAreCalledNow) {
    const ListeningProcess other("other\nname");
    const auto socket = find_listed(other.inode());
    ASSERT_TRUE(socket);

    const auto owners = SocketOwners().of(*socket);

    ASSERT_EQ(pids(owners), std::vector{other.pid()});
    EXPECT_EQ(owners.front().name, "other?name");
    EXPECT_EQ(owners.front().program, "unit_tests");
}

TEST(SocketOwners, AreAllThatHaveTheSocket) {
    const UniqueFd listener = listen_on_any_port();
    const UniqueFd again(dup(listener.get()));
    const ListeningProcess other("other");
    const auto socket = find_listed(inode_of(listener));
    ASSERT_TRUE(socket);

    auto owners = pids(SocketOwners().of(*socket));

    std::vector expected = {getpid(), other.pid()};
    std::sort(owners.begin(), owners.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(owners, expected);
}

TEST(SocketOwners, ThereAreNoneOfWhatNobodyHas) {
    ListeningSocket socket;
    EXPECT_TRUE(SocketOwners().of(socket).empty());

    socket.inode = ~std::uint64_t{0};
    EXPECT_TRUE(SocketOwners().of(socket).empty());
}

TEST(IsInCgroup, IsNotKnownOfProcessesThatAreGone) {
    EXPECT_EQ(is_in_cgroup(-1, "/sys/fs/cgroup"), std::nullopt);
}

TEST(RunningProcesses, HaveThisOne) {
    const auto running = running_processes();

    const auto self =
        std::find_if(running.begin(), running.end(), [](const RunningProcess& one) { return one.pid == getpid(); });
    ASSERT_NE(self, running.end());
    EXPECT_EQ(self->program, "unit_tests");
}

}  // namespace
}  // namespace zdr::test
