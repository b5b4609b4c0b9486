// The app behind a redirect: however it listens, and however often it is restarted, nobody tells zdr.
#include <atomic>
#include <memory>
#include <thread>

#include "support/app.h"
#include "support/net.h"
#include "support/nginx.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using AppTest = SystemTest;

TEST_F(AppTest, ListenersThatShareThePortAllGetConnections) {
    load(kWebA);
    const SocketOptions shared{.reuse_port = true};
    const App first("app", "127.0.0.1", 1000, shared);
    const App second("app", "127.0.0.1", 1000, shared);

    for (int i = 0; i < 100; ++i) ASSERT_EQ(ask("127.0.0.1", 2000), "app");

    EXPECT_EQ(first.accepted() + second.accepted(), 100);
    EXPECT_GT(first.accepted(), 0);
    EXPECT_GT(second.accepted(), 0);
}

TEST_F(AppTest, HandsOverFromOneListenerToTheNext) {
    load(kWebA);
    const SocketOptions shared{.reuse_port = true};
    auto old_app = std::make_unique<App>("old", "127.0.0.1", 1000, shared);
    ASSERT_EQ(ask("127.0.0.1", 2000), "old");

    const App new_app("new", "127.0.0.1", 1000, shared);
    old_app.reset();

    EXPECT_EQ(ask("127.0.0.1", 2000), "new");
}

TEST_F(AppTest, RestartNeedsNoRegistration) {
    load(kWebA);
    auto app = std::make_unique<App>("first", "127.0.0.1", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "first");

    app.reset();
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");

    app = std::make_unique<App>("second", "0.0.0.0", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "second");
}

TEST_F(AppTest, MayStartBeforeZdr) {
    const App app("app", "127.0.0.1", 1000);

    load(kWebA);

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(AppTest, ListeningOnBothFamiliesServesAnIpv4Server) {
    load(kWebA);
    const App app("app", "::", 1000);

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    EXPECT_EQ(ask("::ffff:127.0.0.1", 2000), "app");
    EXPECT_EQ(ask("::1", 2000), "ECONNREFUSED");  // no server's address: nobody listens there
}

TEST_F(AppTest, OneAppHasManyStatusPorts) {
    load(std::string(kWebA) + "[server.webX]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2100\n");
    const App app("app", "127.0.0.1", 1000);

    flip("drain", "webA");

    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 2100), "app");
}

TEST_F(AppTest, OpenConnectionsThroughTheAppPortSurviveADrain) {
    load(kWebA);
    Nginx nginx(sandbox().directory(), "webA", 1000);
    const Attempt session = connect_to("127.0.0.1", 1000);
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    flip("maint", "webA");

    ASSERT_GT(send(session.fd.get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
    EXPECT_TRUE(read_all(session.fd).ends_with("webA\n"));
}

}  // namespace
}  // namespace zdr::test
