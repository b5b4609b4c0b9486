// What an app is asked before HAProxy is led there, and how long its answer may take.
#include "zdr/control/wait_for_health.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "unit/net/listener.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// Answers OPTIONS with 200, and all else with 503: after that time.
class OptionsApp {
  public:
    explicit OptionsApp(std::chrono::milliseconds after) : thread_([this, after] { serve(after); }) {}
    OptionsApp(const OptionsApp&) = delete;
    OptionsApp& operator=(const OptionsApp&) = delete;
    ~OptionsApp() { thread_.join(); }

    Server server() const {
        Server out;
        out.name = "webA";
        out.addresses = {*Address::parse("127.0.0.1")};
        const auto socket = find_listed(inode_of(listener_));
        out.app_port = socket ? socket->port : Port(1);
        out.inter = 100ms;
        out.health.uri = "/up";
        return out;
    }

  private:
    void serve(std::chrono::milliseconds after) {
        const UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        char buffer[4096];
        const ssize_t size = recv(connection.get(), buffer, sizeof buffer, 0);
        const std::string asked(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        pollfd gone{connection.get(), POLLRDHUP, 0};
        (void)poll(&gone, 1, static_cast<int>(after.count()));
        const std::string answer = asked.starts_with("OPTIONS ") ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                                                                 : "HTTP/1.1 503 Wait\r\nContent-Length: 0\r\n\r\n";
        (void)send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }

    UniqueFd listener_ = listen_on_any_port();
    std::thread thread_;
};

TEST(AskHealth, AsksByTheMethodOfHaproxy) {
    OptionsApp app(0ms);
    Server server = app.server();
    server.health.method = HttpMethod::kOptions;

    const auto asked = ask_health(server, 5s);

    EXPECT_TRUE(asked) << asked.error().text;
}

TEST(AskHealth, NamesTheMethodThatWasNotAnsweredWell) {
    OptionsApp app(0ms);
    Server server = app.server();
    server.health.method = HttpMethod::kHead;

    const auto asked = ask_health(server, 5s);

    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().text, "HEAD /up of port " + std::to_string(server.app_port.host()) + " answers 503");
}

TEST(AnswerTime, IsTheTimeoutOfChecksOrInter) {
    Server server;
    server.inter = 3s;
    EXPECT_EQ(answer_time(server), 3s);
    server.health.timeout = 10s;
    EXPECT_EQ(answer_time(server), 10s);
}

TEST(AnswerTime, LetsASlowAppAnswer) {
    OptionsApp app(300ms);
    Server server = app.server();
    server.health.method = HttpMethod::kOptions;
    server.health.timeout = 10s;

    const auto asked = ask_health(server, answer_time(server));

    EXPECT_TRUE(asked) << asked.error().text;
}

}  // namespace
}  // namespace zdr::test
