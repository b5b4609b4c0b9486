// What is not a check of ours stays as it is: other ports and addresses, UDP, other hosts, other network namespaces.
#include "support/app.h"
#include "support/namespace.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

constexpr std::string_view kRemote =
    "[server.webR]\n"
    "address = 10.9.0.2\n"
    "address = fd09::2\n"
    "port = 1000\n"
    "status-port = 2000\n";

using OtherTrafficTest = SystemTest;

TEST_F(OtherTrafficTest, AppPortAndOtherPortsStayWhateverTheState) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const App other("other", "127.0.0.1", 2001);

    for (const char* state : {"ready", "drain", "maint"}) {
        flip(state, "webA");

        EXPECT_EQ(ask("127.0.0.1", 1000), "app") << state;
        EXPECT_EQ(ask("127.0.0.1", 2001), "other") << state;
        EXPECT_EQ(ask("127.0.0.1", 1999), "ECONNREFUSED") << state;
    }
    EXPECT_EQ(zdr().redirected("webA") + zdr().refused("webA"), 0);
}

TEST_F(OtherTrafficTest, TheSamePortOfAnotherAddressStays) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const App other("other", "127.0.0.2", 2000);
    const App other6("other6", "::1", 2000);

    for (const char* state : {"ready", "drain"}) {
        flip(state, "webA");

        EXPECT_EQ(ask("127.0.0.2", 2000), "other") << state;
        EXPECT_EQ(ask("::1", 2000), "other6") << state;
    }
}

TEST_F(OtherTrafficTest, UdpToTheSamePortNumberStays) {
    load(kWebA);
    flip("drain", "webA");
    const Attempt receiver = bind_to("127.0.0.1", 2000, {.type = SOCK_DGRAM});
    const Attempt all = bind_to("0.0.0.0", 2000, {.type = SOCK_DGRAM, .reuse_address = true});
    ASSERT_EQ(receiver.refusal(), "");
    EXPECT_EQ(all.refusal(), "EADDRINUSE");  // by the receiver, as without zdr

    const Attempt sender = connect_to("127.0.0.1", 2000, {.type = SOCK_DGRAM});
    ASSERT_EQ(sender.refusal(), "");
    EXPECT_EQ(peer_of(sender.fd), "127.0.0.1:2000");
    ASSERT_EQ(send(sender.fd.get(), "ping", 4, 0), 4);

    char text[5] = {};
    EXPECT_EQ(recv(receiver.fd.get(), text, 4, 0), 4);
    EXPECT_STREQ(text, "ping");
}

TEST_F(OtherTrafficTest, UdpOverIpv6BindsTheSamePortNumber) {
    load("[server.webA]\nport = 1000\nstatus-port = 2000\n");

    EXPECT_EQ(bind_to("::", 2000, {.type = SOCK_DGRAM}).refusal(), "");
}

TEST_F(OtherTrafficTest, ServerOnAnotherHostKeepsItsAddress) {
    const NetNamespace host;
    connect_hosts(host);
    load(kRemote);
    std::unique_ptr<App> app, app6;
    host.run([&] {
        app = std::make_unique<App>("remote", "10.9.0.2", 1000);
        app6 = std::make_unique<App>("remote6", "fd09::2", 1000);
    });

    EXPECT_EQ(ask("10.9.0.2", 2000), "remote");
    EXPECT_EQ(ask("fd09::2", 2000), "remote6");
    EXPECT_EQ(peer_of(connect_to("10.9.0.2", 2000).fd), "10.9.0.2:2000");

    flip("drain", "webR");
    EXPECT_EQ(ask("10.9.0.2", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("fd09::2", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("10.9.0.2", 1000), "remote");
}

TEST_F(OtherTrafficTest, ServerOnAnotherHostLeavesThisHostsPortAlone) {
    const NetNamespace host;
    connect_hosts(host);
    load(kRemote);
    flip("drain", "webR");

    const App own("own", "0.0.0.0", 2000);

    EXPECT_EQ(ask("127.0.0.1", 2000), "own");
    EXPECT_EQ(ask("10.9.0.1", 2000), "own");
}

class ContainerTest : public SystemTest {
  protected:
    // In the same cgroup as the test, in a network namespace of its own.
    const NetNamespace& container() {
        if (!container_) container_ = std::make_unique<NetNamespace>();
        return *container_;
    }

  private:
    std::unique_ptr<NetNamespace> container_;
};

TEST_F(ContainerTest, ConnectsToItsOwnPort) {
    std::unique_ptr<App> theirs;
    container().run([&] { theirs = std::make_unique<App>("theirs", "127.0.0.1", 2000); });
    load(std::string(kWebA) + "[server.webB]\nport = 1001\nstatus-port = 2001\n");

    for (const char* state : {"ready", "drain"}) {
        flip(state, "webA");
        flip(state, "webB");

        container().run([&] {
            EXPECT_EQ(ask("127.0.0.1", 2000), "theirs") << state;
            EXPECT_EQ(peer_of(connect_to("127.0.0.1", 2000).fd), "127.0.0.1:2000") << state;
        });
    }
    EXPECT_EQ(zdr().redirected("webA") + zdr().refused("webA"), 0);
}

TEST_F(ContainerTest, BindsItsOwnPorts) {
    load(std::string(kWebA) + "[server.webB]\nport = 1001\nstatus-port = 2001\n");

    container().run([] {
        EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "");
        EXPECT_EQ(listen_on("0.0.0.0", 2000).refusal(), "");
        EXPECT_EQ(listen_on("::", 2001).refusal(), "");
    });
    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "EADDRINUSE");
}

TEST_F(ContainerTest, LoadFromInsideItIsRefusedWhereTheHostIsServed) {
    load(kWebA);
    const std::string before = zdr().status();

    Output output;
    container().run([&] { output = zdr().load(); });

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("network namespace"), std::string::npos) << output.err;
    EXPECT_EQ(zdr().status(), before);
}

}  // namespace
}  // namespace zdr::test
