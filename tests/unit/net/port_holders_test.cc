// Sockets that are held for containers, by processes that are called as the real ones are.
#include "zdr/net/port_holders.h"

#include <gtest/gtest.h>

#include "listener.h"

namespace zdr::test {
namespace {

bool is_held(ino_t inode) {
    const auto socket = find_listed(inode);
    EXPECT_TRUE(socket);
    return socket && !held_for_containers({*socket}).empty();
}

TEST(PortHolders, AreKnownByNameOrProgram) {
    for (const char* name : {"conmon", "docker-proxy", "rootlessport", "containers-root", "slirp4netns", "pasta.avx2"})
        EXPECT_TRUE(is_port_holder({1, name, "exe"})) << name;
    EXPECT_TRUE(is_port_holder({1, "exe", "rootlessport"}));
    EXPECT_TRUE(is_port_holder({1, "", "containers-rootlessport"}));
    for (const char* name : {"nginx", "con", "conmonitor", "", "docker"})
        EXPECT_FALSE(is_port_holder({1, name, name})) << name;
}

TEST(PortHolders, HoldWhatTheyHaveAlone) {
    const ListeningProcess holder("conmon");

    EXPECT_TRUE(is_held(holder.inode()));
}

TEST(PortHolders, DoNotHoldWhatAnAppHasToo) {
    const UniqueFd listener = listen_on_any_port();
    const ListeningProcess holder("conmon");

    EXPECT_FALSE(is_held(inode_of(listener)));
}

TEST(PortHolders, AreNotApps) {
    const ListeningProcess app("nginx");
    const ListeningProcess holder("docker-proxy");

    EXPECT_FALSE(is_held(app.inode()));
}

}  // namespace
}  // namespace zdr::test
