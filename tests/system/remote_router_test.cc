// zdr on a router: what it forwards to another host is that host's, whatever the ports are.
#include <memory>
#include <vector>

#include "remote_echo.h"
#include "remote_hosts.h"
#include "support/app.h"

namespace zdr::test {
namespace {

// Everywhere, on one address of the router, and (by mistake) on an address that is the third host's.
constexpr std::string_view kRouterServers =
    "[server.everywhere]\nport = 1000\nstatus-port = 2000\n"
    "[server.here]\naddress = 10.9.0.1\naddress = fd09::1\nport = 1000\nstatus-port = 2001\n"
    "[server.there]\naddress = 10.8.0.2\naddress = fd08::2\nport = 1000\nstatus-port = 2002\n";

constexpr std::uint16_t kStatusPorts[] = {2000, 2001, 2002};
constexpr const char* kThirdAddresses[] = {"10.8.0.2", "fd08::2"};

class RemoteRouterTest : public RemoteTest {
  protected:
    void SetUp() override {
        RemoteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        third_ = std::make_unique<NetNamespace>();
        connect_behind(*third_);
        load(kRouterServers);
    }

    const NetNamespace& third() const { return *third_; }

  private:
    std::unique_ptr<NetNamespace> third_;
};

TEST_F(RemoteRouterTest, LeavesTheOtherHostsPorts) {
    const App router("router", "::", 1000);
    std::vector<std::unique_ptr<App>> theirs;
    for (const std::uint16_t port : kStatusPorts) theirs.push_back(make_in<App>(third(), "theirs", "::", port));

    for (const char* state : {"ready", "drain", "maint"}) {
        for (const char* server : {"everywhere", "here", "there"}) flip(state, server);
        for (const char* address : kThirdAddresses)
            for (const std::uint16_t port : kStatusPorts)
                EXPECT_EQ(ask_client(address, port), "theirs") << state << " " << address << " " << port;
    }
}

TEST_F(RemoteRouterTest, LeavesConnectionsThatItForwards) {
    const auto echo = make_in<Echo>(third(), "::", 2000);
    for (const char* address : kThirdAddresses) {
        const Attempt connected = connect_client(address, 2000);
        ASSERT_EQ(connected.refusal(), "");

        for (const char* state : {"ready", "drain", "maint", "ready"}) {
            flip(state, "everywhere");
            EXPECT_EQ(say(connected.fd, "ping"), "ping") << state << " " << address;
        }
    }
}

TEST_F(RemoteRouterTest, ServesItsOwnAddresses) {
    const App router("router", "::", 1000);

    for (const char* address : {"10.9.0.1", "fd09::1", "10.8.0.1", "fd08::1"})
        EXPECT_EQ(ask_client(address, 2000), "router") << address;
    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2001), "router") << address;
    EXPECT_EQ(ask_from(third(), "10.9.0.1", 2000), "router");

    flip("drain", "everywhere");
    flip("drain", "here");
    for (const char* address : {"10.9.0.1", "fd09::1", "10.8.0.1", "fd08::1"})
        EXPECT_EQ(ask_client(address, 2000), "ECONNREFUSED") << address;
    for (const char* address : kServerAddresses) EXPECT_EQ(ask_client(address, 2001), "ECONNREFUSED") << address;
}

}  // namespace
}  // namespace zdr::test
