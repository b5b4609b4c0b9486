// Sessions as status shows them: every one, whatever its kind, and which of them are active.
#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <vector>

#include "session_ends.h"
#include "support/deadline.h"
#include "support/namespace.h"
#include "support/system_test.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace zdr::test {
namespace {

constexpr std::string_view kBothFamilies =
    "[server.webA]\n"
    "address = 127.0.0.1\n"
    "address = ::1\n"
    "port = 1000\n"
    "status-port = 2000\n";

constexpr std::string_view kOnePort =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\n"
    "[server.webB]\naddress = 127.0.0.2\naddress = 127.0.0.3\nport = 1000\nstatus-port = 2001\n"
    "[server.all]\naddress = *\nport = 1000\nstatus-port = 2002\n";

class SessionsTest : public SystemTest {
  protected:
    std::string sessions(const std::string& server = "webA") const { return zdr().sessions(server); }
    // Active and idle ones: on a slow machine they are idle soon.
    int all_sessions(const std::string& server = "webA") const {
        const std::string counts = sessions(server);
        return std::stoi(counts) + std::stoi(counts.substr(counts.find('+') + 1));
    }
    bool become(const std::string& counts, const std::string& server = "webA") const {
        return eventually([&] { return sessions(server) == counts; });
    }
};

TEST_F(SessionsTest, AreNoneAtFirst) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);

    EXPECT_EQ(sessions(), "0+0");
}

TEST_F(SessionsTest, AreCountedInEveryFamily) {
    load(kBothFamilies);
    for (const char* app : {"::", "0.0.0.0", "::ffff:127.0.0.1"}) {
        const UniqueFd listener = listen_anew(app, 1000);
        std::list<Ends> open;
        int count = 0;
        for (const char* address : {"127.0.0.1", "::ffff:127.0.0.1", "::1"}) {
            if (std::string(app) != "::" && std::string(address) == "::1") continue;
            open.push_back(open_session(listener, address, 1000));
            EXPECT_EQ(all_sessions(), ++count) << app << " " << address;
        }

        open.clear();

        EXPECT_EQ(sessions(), "0+0") << app;
    }
}

TEST_F(SessionsTest, BelongToTheServersOfTheirAddress) {
    load(kOnePort);
    const UniqueFd listener = listen_anew("0.0.0.0", 1000);
    std::list<Ends> open;
    for (const char* address : {"127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.3", "127.0.0.4"})
        open.push_back(open_session(listener, address, 1000));

    EXPECT_EQ(all_sessions("webA"), 1);
    EXPECT_EQ(all_sessions("webB"), 3);
    EXPECT_EQ(all_sessions("all"), 5);
}

TEST_F(SessionsTest, OfOtherPortsAreNotCounted) {
    load(kWebA);
    const UniqueFd other = listen_anew("127.0.0.1", 1001);
    const UniqueFd same_port = listen_anew("127.0.0.2", 1000);
    const Ends a = open_session(other, "127.0.0.1", 1001);
    const Ends b = open_session(same_port, "127.0.0.2", 1000);

    EXPECT_EQ(sessions(), "0+0");
}

TEST_F(SessionsTest, InTheAcceptQueueAreCounted) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    const Attempt silent = connect_to("127.0.0.1", 1000);
    const Attempt asking = connect_to("127.0.0.1", 1000);

    EXPECT_EQ(sessions(), "2+0");

    ASSERT_EQ(send(asking.fd.get(), "ask", 3, 0), 3);
    EXPECT_TRUE(become("1+1")) << sessions();
}

TEST_F(SessionsTest, BecomeIdleAndActiveAgain) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    const Ends ends = open_session(listener, "127.0.0.1", 1000);
    EXPECT_EQ(sessions(), "1+0");
    EXPECT_TRUE(become("0+1"));

    ask(ends);
    EXPECT_EQ(sessions(), "1+0");
    answer(ends);
    EXPECT_EQ(sessions(), "1+0");

    EXPECT_TRUE(become("0+1"));
}

TEST_F(SessionsTest, WithAnUnansweredRequestStayActive) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    const Ends waiting = open_session(listener, "127.0.0.1", 1000);
    ask(waiting);
    const Ends half_closed = open_session(listener, "127.0.0.1", 1000);
    ask(half_closed);
    shutdown(half_closed.client.get(), SHUT_WR);
    const Ends later = open_session(listener, "127.0.0.1", 1000);
    ask(later);
    answer(later);

    EXPECT_TRUE(become("2+1")) << sessions();

    answer(waiting);
    answer(half_closed);
    EXPECT_TRUE(become("0+3")) << sessions();
}

// One request after the other within the kernel's tick, whose times are the same then.
TEST_F(SessionsTest, OfManyQuickRequestsOnlyTheUnansweredAreActive) {
    constexpr int kCount = 100;
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    std::list<Ends> open;
    for (int i = 0; i < kCount; ++i) {
        open.push_back(open_session(listener, "127.0.0.1", 1000));
        for (int requests = i % 3; requests > 0; --requests) {
            ask(open.back());
            answer(open.back());
        }
        if (i % 2 == 0) ask(open.back());
    }

    EXPECT_TRUE(become("50+50")) << sessions();

    for (auto ends = open.begin(); ends != open.end(); std::advance(ends, 2)) answer(*ends);
    EXPECT_TRUE(become("0+100")) << sessions();
}

TEST_F(SessionsTest, WithAnAnswerOnItsWayStayActive) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    const Ends slow_reader = open_session(listener, "127.0.0.1", 1000);
    const std::vector<char> piece(1 << 20);
    while (send(slow_reader.app.get(), piece.data(), piece.size(), MSG_DONTWAIT) > 0) continue;
    const Ends later = open_session(listener, "127.0.0.1", 1000);

    EXPECT_TRUE(become("1+1")) << sessions();
}

TEST_F(SessionsTest, ThatTheClientEndedAreCountedUntilTheAppEndsThem) {
    load(kWebA);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    Ends ends = open_session(listener, "127.0.0.1", 1000);
    ask(ends);
    answer(ends);

    ends.client.reset();
    EXPECT_TRUE(become("0+1")) << sessions();
    ends.app.reset();
    EXPECT_TRUE(become("0+0")) << sessions();
}

// Two TCP connections that are one to the app.
TEST_F(SessionsTest, OfMultipathTcpAreCountedOnce) {
    load(kWebA);
    ip({"addr", "add", "10.9.9.1/32", "dev", "lo"});
    ip({"mptcp", "limits", "set", "subflows", "2", "add_addr_accepted", "2"});
    ip({"mptcp", "endpoint", "add", "10.9.9.1", "dev", "lo", "subflow"});
    const SocketOptions multipath{.protocol = IPPROTO_MPTCP};
    const Attempt listening = listen_on("0.0.0.0", 1000, multipath);
    ASSERT_EQ(listening.refusal(), "");
    Attempt client = connect_to("127.0.0.1", 1000, multipath);
    ASSERT_EQ(client.refusal(), "");
    const Ends ends{std::move(client.fd), UniqueFd(accept(listening.fd.get(), nullptr, nullptr))};
    ask(ends);
    answer(ends);
    ASSERT_TRUE(eventually([] {
        const std::string both = run({"ss", "-Htn", "state", "established", "sport", "=", "1000"}).out;
        return std::count(both.begin(), both.end(), '\n') == 2;
    }));

    const std::string counted = sessions();
    EXPECT_TRUE(counted == "1+0" || counted == "0+1") << counted;  // the subflow may have taken a second
    EXPECT_TRUE(become("0+1")) << sessions();
}

// A check of one kind that the app's end alone tells nothing about.
TEST_F(SessionsTest, ThatAreMultipathChecksAreLeftOut) {
    load(kWebA);
    const SocketOptions multipath{.protocol = IPPROTO_MPTCP};
    const Attempt listening = listen_on("0.0.0.0", 1000, multipath);
    const Attempt check = connect_to("127.0.0.1", 2000, multipath);
    ASSERT_EQ(check.refusal(), "");

    EXPECT_EQ(sessions(), "0+0");
}

TEST_F(SessionsTest, AreCountedAfterAnotherLoadAndForAServerThatCame) {
    load(kWebA);
    const UniqueFd listener = listen_anew("0.0.0.0", 1000);
    const Ends ends = open_session(listener, "127.0.0.1", 1000);

    load(kOnePort);

    EXPECT_TRUE(become("0+1"));
    EXPECT_TRUE(become("0+1", "all"));
    unload();
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
