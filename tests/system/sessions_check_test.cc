// Health checks are no sessions, also where the app still has them when the checker is gone.
#include <poll.h>
#include <sys/socket.h>

#include <list>

#include "session_ends.h"
#include "support/haproxy.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

class SessionsCheckTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        load(
            "[server.webA]\naddress = 127.0.0.1\naddress = ::1\n"
            "port = 1000\nstatus-port = 2000\nbackup-status-port = 3000\n");
        listener_ = listen_anew("::", 1000);
    }

    std::string sessions() const { return zdr().sessions("webA"); }
    const UniqueFd& listener() const { return listener_; }

  private:
    UniqueFd listener_;
};

// From a port of its own choice, which may have been used before.
UniqueFd connect_from_port(std::uint16_t from, std::uint16_t to) {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const Place here("127.0.0.1", from);
    const Place there("127.0.0.1", to);
    EXPECT_EQ(bind(fd.get(), here.address(), here.size()), 0);
    EXPECT_EQ(connect(fd.get(), there.address(), there.size()), 0);
    return fd;
}

TEST_F(SessionsCheckTest, KeptOpenAreLeftOut) {
    std::list<Ends> kept;
    for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
        for (const std::uint16_t port : {std::uint16_t{2000}, std::uint16_t{3000}}) {
            kept.push_back(open_session(listener(), address, port));
            EXPECT_EQ(sessions(), "0+0") << address << " " << port;
            ask(kept.back());
            EXPECT_EQ(sessions(), "0+0") << address << " " << port;
        }

    const Ends session = open_session(listener(), "127.0.0.1", 1000);
    EXPECT_EQ(sessions(), "1+0");
}

TEST_F(SessionsCheckTest, InTheAcceptQueueAreLeftOut) {
    const Attempt waiting = connect_to("127.0.0.1", 2000);
    Attempt gone = connect_to("127.0.0.1", 2000);
    gone.fd.reset();

    EXPECT_EQ(sessions(), "0+0");
}

TEST_F(SessionsCheckTest, ThatTheCheckerEndedAreLeftOut) {
    Ends check = open_session(listener(), "127.0.0.1", 2000);
    ask(check);

    check.client.reset();

    EXPECT_EQ(read_all(check.app), "");
    EXPECT_EQ(sessions(), "0+0");
}

TEST_F(SessionsCheckTest, ASessionWithTheirPortsIsCounted) {
    end_with_reset(connect_from_port(40000, 2000));
    EXPECT_EQ(sessions(), "0+0");

    const UniqueFd session = connect_from_port(40000, 1000);

    EXPECT_EQ(sessions(), "1+0");
}

TEST_F(SessionsCheckTest, OfMoreCheckersThanAreNotedAreLeftOutWhileTheyLive) {
    const Ends kept = open_session(listener(), "127.0.0.1", 2000);

    for (int i = 0; i < 10000; ++i) {
        Ends check = open_session(listener(), "127.0.0.1", 2000);
        check.app.reset();
        end_with_reset(std::move(check.client));
    }

    EXPECT_EQ(sessions(), "0+0");
}

// Its checks, ten a second, end with a reset; its request to the app is a session, before and after the answer.
TEST_F(SessionsCheckTest, OfHaproxyAreLeftOutAndItsRequestsAreCounted) {
    const Haproxy haproxy(sandbox().directory(), 8080, "    server webA 127.0.0.1:1000 check port 2000 inter 100\n");
    ASSERT_TRUE(haproxy.shows("webA", "UP"));
    EXPECT_EQ(sessions(), "0+0");
    const Attempt client = connect_to("127.0.0.1", 8080);
    const std::string request = "GET / HTTP/1.1\r\nHost: app\r\n\r\n";
    ASSERT_EQ(send(client.fd.get(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    UniqueFd session;
    char text[1000];
    while (!session) {
        UniqueFd accepted(accept4(listener().get(), nullptr, nullptr, SOCK_CLOEXEC));
        ASSERT_TRUE(accepted);
        if (recv(accepted.get(), text, sizeof text, 0) > 0) session = std::move(accepted);
    }

    for (int i = 0; i < 20; ++i) ASSERT_EQ(sessions(), "1+0");

    const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ASSERT_EQ(send(session.get(), reply.data(), reply.size(), 0), static_cast<ssize_t>(reply.size()));
    ASSERT_TRUE(becomes_readable(client.fd));
    EXPECT_TRUE(eventually([&] { return sessions() == "0+1"; })) << sessions();
}

}  // namespace
}  // namespace zdr::test
