// An app that restarts again and again: every check right after it is right, and zdr forgets the sockets that are gone.
#include <list>
#include <nlohmann/json.hpp>

#include "listeners.h"
#include "session_ends.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

constexpr int kRestarts = 10'000;

class ListenersRestartsTest : public ListenersTest {
  protected:
    void expect_none_registered() const {
        EXPECT_TRUE(eventually([&] { return registered() == 0; })) << registered();
    }
    // What status says: "true" or "false".
    std::string listening() const { return nlohmann::json::parse(zdr().status())["servers"][0]["listening"].dump(); }
};

TEST_F(ListenersRestartsTest, EachIsSeenAtOnce) {
    load(kRemoteEverywhere);

    for (int i = 0; i < kRestarts; ++i) {
        const char* address = kServerAddresses[i % 2];
        {
            const UniqueFd listener = listen_anew(i % 4 < 2 ? "::" : address, 1000);
            ASSERT_EQ(connect_client(address, 2000).refusal(), "") << i;
        }
        ASSERT_EQ(connect_client(address, 2000).refusal(), "ECONNREFUSED") << i;
    }

    expect_none_registered();
}

// The next one listens before the last one goes, as a graceful restart does it.
TEST_F(ListenersRestartsTest, EachTakesOverWithoutAMoment) {
    load(kRemoteEverywhere);
    std::vector<UniqueFd> now = listen_together(1);

    for (int i = 0; i < kRestarts; ++i) {
        now = listen_together(1);
        ASSERT_EQ(connect_client(kServerAddresses[i % 2], 2000).refusal(), "") << i;
    }

    EXPECT_GT(registered(), 0U);
    now.clear();
    EXPECT_EQ(connect_client("10.9.0.1", 2000).refusal(), "ECONNREFUSED");
    expect_none_registered();
}

TEST_F(ListenersRestartsTest, StatusSaysWhetherTheAppListens) {
    load(kRemoteEverywhere);
    ASSERT_EQ(listening(), "false");

    for (int i = 0; i < 3; ++i) {
        UniqueFd app = listen_anew("::", 1000);
        EXPECT_EQ(listening(), "true");
        app.reset();
        ASSERT_TRUE(eventually([&] { return listening() == "false"; }));
    }
}

// Another app's sockets, which take part in nothing, leave the server's alone.
TEST_F(ListenersRestartsTest, OthersTakeNoPlace) {
    load(kRemoteEverywhere);
    const UniqueFd app = listen_anew("::", 1000);
    const std::size_t before = registered();
    std::list<UniqueFd> others;

    for (std::uint16_t port = 6000; port < 6200; ++port) others.push_back(listen_anew("::", port));

    EXPECT_EQ(registered(), before);
    for (const char* address : kServerAddresses) expect_connects(address);
}

TEST_F(ListenersRestartsTest, ARemovedServersIsForgotten) {
    load(kRemoteEverywhere);
    const UniqueFd app = listen_anew("::", 1000);
    ASSERT_GT(registered(), 0U);

    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(run(zdr().ctl({"remove", "webA"})).status, 0);
        for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED");
        ASSERT_EQ(run(zdr().ctl({"add", "webA", "--port", "1000", "--status-port", "2000"})).status, 0);
        for (const char* address : kServerAddresses) expect_connects(address);
    }
}

}  // namespace
}  // namespace zdr::test
