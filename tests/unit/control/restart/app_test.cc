// An app that takes connections, and one that only listens.
#include "zdr/control/restart/app.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>
#include <vector>

#include "unit/net/listener.h"
#include "zdr/net/connection.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

Server server_of(const UniqueFd& listener) {
    Server out;
    out.addresses = {*Address::parse("127.0.0.1")};
    const auto socket = find_listed(inode_of(listener));
    EXPECT_TRUE(socket);
    if (socket) out.app_port = socket->port;
    return out;
}

TEST(App, ThatOnlyListensDoesNotAccept) {
    const UniqueFd listener = listen_on_any_port();
    const Server server = server_of(listener);

    EXPECT_TRUE(connects(server, 1s)) << "the kernel does that";
    EXPECT_FALSE(accepts(server, 100ms));
}

TEST(App, ThatTakesItsConnectionsAccepts) {
    const UniqueFd listener = listen_on_any_port();
    const Server server = server_of(listener);
    std::thread app([&] {
        for (int i = 0; i < 2; ++i) ::close(accept(listener.get(), nullptr, nullptr));
    });

    EXPECT_TRUE(accepts(server, 5s));

    app.join();
}

TEST(App, ThatDoesNotListenDoesNeither) {
    Server server;
    {
        const UniqueFd listener = listen_on_any_port();
        server = server_of(listener);
    }
    EXPECT_FALSE(connects(server, 1s));
    EXPECT_FALSE(accepts(server, 1s));
    EXPECT_TRUE(is_gone(server, 1s));
}

// Its queue is full: the kernel lets whoever comes next wait.
TEST(App, ThatTakesFewConnectionsAtOnceIsNotGone) {
    const UniqueFd listener = listen_on_any_port();
    ASSERT_EQ(listen(listener.get(), 0), 0) << "room for one";
    const Server server = server_of(listener);
    std::vector<UniqueFd> clients;
    for (int i = 0; i < 2; ++i) {
        clients.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const SocketAddress place = socket_address(server.addresses.front(), server.app_port);
        (void)connect(clients.back().get(), reinterpret_cast<const sockaddr*>(&place.storage), place.size);
    }

    EXPECT_FALSE(connects(server, 200ms));
    EXPECT_FALSE(is_gone(server, 200ms));
}

}  // namespace
}  // namespace zdr::test
