// An app that takes connections, and one that only listens.
#include "zdr/control/restart/app.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/net/listener.h"

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
}

}  // namespace
}  // namespace zdr::test
