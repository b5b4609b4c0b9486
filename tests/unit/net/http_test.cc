// One question over HTTP, and what may come back.
#include "zdr/net/http.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <string>
#include <thread>

#include "unit/net/listener.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// Takes one connection, keeps what it asks, gives this answer, and holds it open until the asker ends it where told so.
class OneAnswer {
  public:
    enum class End { kCloses, kStays };
    explicit OneAnswer(std::string answer, End end = End::kCloses)
        : listener_(listen_on_any_port()), thread_([this, answer = std::move(answer), end] { serve(answer, end); }) {}
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;
    ~OneAnswer() {
        if (thread_.joinable()) thread_.join();
    }

    Url url(std::string path = "/") const {
        const auto socket = find_listed(inode_of(listener_));
        return {false, "127.0.0.1", socket ? socket->port : Port(1), std::move(path)};
    }
    // What was asked, once it is over.
    const std::string& asked() {
        thread_.join();
        return asked_;
    }

  private:
    void serve(const std::string& answer, End end) {
        const UniqueFd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        char buffer[4096];
        const ssize_t size = recv(connection.get(), buffer, sizeof buffer, 0);
        if (size > 0) asked_.assign(buffer, static_cast<std::size_t>(size));
        (void)send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        pollfd closed{connection.get(), POLLRDHUP, 0};
        if (end == End::kStays) (void)poll(&closed, 1, 10'000);
    }

    UniqueFd listener_;
    std::string asked_;
    std::thread thread_;
};

TEST(Http, AsksAsHaproxyDoes) {
    OneAnswer app("HTTP/1.1 204 No Content\r\n\r\n");

    const auto status = http_status(app.url("/health?full=1"), 5s);

    ASSERT_TRUE(status) << status.error().text;
    EXPECT_EQ(*status, 204);
    const std::string asked = app.asked();
    EXPECT_TRUE(asked.starts_with("GET /health?full=1 HTTP/1.1\r\nHost: 127.0.0.1:")) << asked;
    EXPECT_NE(asked.find("\r\nUser-Agent: zdr\r\n"), std::string::npos) << asked;
}

TEST(Http, NamesTheHostAsTold) {
    OneAnswer app("HTTP/1.0 200 OK\r\n\r\n");

    const auto status = http_status(app.url(), 5s, {.as_host = "app.example.org"});

    ASSERT_TRUE(status) << status.error().text;
    EXPECT_NE(app.asked().find("\r\nHost: app.example.org"), std::string::npos);
}

TEST(Http, AsksByTheMethodThatItIsTold) {
    OneAnswer options("HTTP/1.1 200 OK\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(http_status(options.url("/up"), 5s, {.method = "OPTIONS"}).value_or(0), 200);
    EXPECT_TRUE(options.asked().starts_with("OPTIONS /up HTTP/1.1\r\n"));

    OneAnswer head("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 99\r\n\r\n", OneAnswer::End::kStays);
    EXPECT_EQ(http_status(head.url("/up"), 5s, {.method = "HEAD"}).value_or(0), 405) << "no body is waited for";
    EXPECT_TRUE(head.asked().starts_with("HEAD /up HTTP/1.1\r\n"));
}

TEST(Http, FollowsNoRedirectAndReadsNoBody) {
    OneAnswer redirect("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
    EXPECT_EQ(http_status(redirect.url(), 5s).value_or(0), 302);

    OneAnswer endless("HTTP/1.1 503 No\r\nContent-Length: 99999999\r\n\r\nx", OneAnswer::End::kStays);
    EXPECT_EQ(http_status(endless.url(), 5s).value_or(0), 503);
}

TEST(Http, AsksNoProxy) {
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    OneAnswer app("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_EQ(http_status(app.url(), 5s).value_or(0), 200);
    unsetenv("http_proxy");
}

TEST(Http, WhatIsNoAnswerIsAnError) {
    for (const char* wrong : {"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2\r\n\r\n"}) {
        OneAnswer app(wrong);
        EXPECT_FALSE(http_status(app.url(), 5s)) << wrong;
    }
    OneAnswer silent("", OneAnswer::End::kStays);
    const auto late = http_status(silent.url(), 100ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, make_error_code(Errc::kTimedOut));
    const auto refused = http_status({false, "127.0.0.1", Port(1), "/"}, 5s);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text.find("connect"), std::string::npos) << refused.error().text;
}

TEST(Http, AnAppInTheClearShakesNoHands) {
    OneAnswer app("HTTP/1.1 400 Bad Request\r\n\r\n");
    Url url = app.url();
    url.is_encrypted = true;
    EXPECT_FALSE(shake_hands(url, 5s));
}

TEST(Url, HasASchemeAHostAPortAndAPath) {
    const auto all = [](const char* text) {
        const auto url = parse_url(text);
        if (!url) return url.error().text;
        return std::string(url->is_encrypted ? "tls " : "") + url->host + " " + std::to_string(url->port.host()) + " " +
               url->path;
    };
    EXPECT_EQ(all("http://app"), "app 80 /");
    EXPECT_EQ(all("https://app"), "tls app 443 /");
    EXPECT_EQ(all("http://127.0.0.1:1000/up?x=1"), "127.0.0.1 1000 /up?x=1");
    EXPECT_EQ(all("https://[::1]:1000?x"), "tls ::1 1000 /?x");
    EXPECT_EQ(all("ftp://app"), "\"ftp://app\" is not a URL to ask: it begins neither with http:// nor with https://");
    EXPECT_EQ(all("http://"), "\"http://\" is not a URL to ask: it has no host");
    EXPECT_EQ(all("http://app:0"), "\"http://app:0\" is not a URL to ask: invalid port");
}

}  // namespace
}  // namespace zdr::test
