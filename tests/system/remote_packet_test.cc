// Packets that are not the plain ones: tagged, without Ethernet, with options and extension headers, under SYN cookies.
#include <netinet/in.h>

#include <cerrno>
#include <system_error>

#include "remote_echo.h"
#include "remote_foreign.h"
#include "remote_hosts.h"
#include "remote_tun.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

class RemotePacketTest : public RemoteTest {
  protected:
    void expect_exchange(const std::string& address, const Prepare& prepare) const {
        const Attempt connected = connect_from(client(), address, 2000, prepare);
        ASSERT_EQ(connected.refusal(), "") << address;
        EXPECT_EQ(say(connected.fd, "ping"), "ping") << address;
    }
    void expect_refused(const std::string& address, const Prepare& prepare) const {
        EXPECT_EQ(connect_from(client(), address, 2000, prepare).refusal(), "ECONNREFUSED") << address;
    }
};

Prepare with_option(int level, int option, std::string value) {
    return [=](int fd) {
        if (setsockopt(fd, level, option, value.data(), static_cast<socklen_t>(value.size())) != 0)
            throw std::system_error(errno, std::generic_category(), "setsockopt");
    };
}

TEST_F(RemotePacketTest, SynCookies) {
    set_sysctl("ipv4/tcp_syncookies", "2");
    load(kRemoteWebA);
    const Echo echo("::", 1000);

    for (const char* address : kServerAddresses)
        for (int i = 0; i < 20; ++i) expect_exchange(address, nullptr);

    EXPECT_EQ(zdr().redirected("webA"), 40);
    flip("drain", "webA");
    for (const char* address : kServerAddresses) expect_refused(address, nullptr);
}

TEST_F(RemotePacketTest, SynCookiesWithListenersThatShareAPort) {
    set_sysctl("ipv4/tcp_syncookies", "2");
    load(kRemoteWebA);
    SocketOptions share;
    share.reuse_port = true;
    const App one("app", "::", 1000, share);
    const App two("app", "::", 1000, share);

    for (int i = 0; i < 40; ++i) ASSERT_EQ(ask_client(kServerAddresses[i % 2], 2000), "app");
}

TEST_F(RemotePacketTest, Ipv4Options) {
    load(kRemoteWebA);
    const Echo echo("::", 1000);
    const Prepare record_route = with_option(IPPROTO_IP, IP_OPTIONS, std::string("\x07\x07\x04\0\0\0\0\0", 8));

    expect_exchange("10.9.0.1", record_route);

    flip("drain", "webA");
    expect_refused("10.9.0.1", record_route);
}

TEST_F(RemotePacketTest, Ipv6ExtensionHeader) {
    load(kRemoteWebA);
    const Echo echo("::", 1000);
    const Prepare padding = with_option(IPPROTO_IPV6, IPV6_DSTOPTS, std::string("\0\0\x01\x04\0\0\0\0", 8));

    expect_exchange("fd09::1", padding);

    flip("drain", "webA");
    expect_refused("fd09::1", padding);
}

TEST_F(RemotePacketTest, LayerThreeDevice) {
    const RemoteTun tunnel(client());
    load(kRemoteEverywhere);
    const Echo echo("::", 1000);

    for (const char* address : {"10.7.0.1", "fd07::1"}) expect_exchange(address, nullptr);

    flip("drain", "webA");
    for (const char* address : {"10.7.0.1", "fd07::1"}) expect_refused(address, nullptr);
}

TEST_F(RemotePacketTest, PriorityTagIsNoVlan) {
    load(kRemoteWebA);
    const Echo echo("::", 1000);
    client().run([] { RemoteTagger("zdr1", 0x6000); });

    const RemoteForeign arrived("zdr0");
    for (const char* address : kServerAddresses) expect_exchange(address, nullptr);

    EXPECT_GT(arrived.tagged(), 0U);
}

TEST_F(RemotePacketTest, TaggedPacketsAreNotTheLowerDevices) {
    load(kRemoteWebA);
    const App app("app", "::", 1000);
    const RemoteForeign arrived("zdr0");
    ip({"link", "set", "zdr0", "address", "02:00:00:00:00:01"});
    client().run([] {
        ip({"neigh", "replace", "10.9.0.1", "lladdr", "02:00:00:00:00:01", "dev", "zdr1"});
        RemoteTagger("zdr1", 7);
    });
    SocketOptions at_once;
    at_once.type |= SOCK_NONBLOCK;

    client().run([&] { EXPECT_EQ(connect_to("10.9.0.1", 2000, at_once).refusal(), "EINPROGRESS"); });

    EXPECT_TRUE(eventually([&] { return arrived.tagged() > 0; }));
    EXPECT_EQ(zdr().redirected("webA") + zdr().refused("webA"), 0);
}

TEST_F(RemotePacketTest, VlanDevice) {
    if (run({"ip", "link", "add", "zdr0.7", "link", "zdr0", "type", "vlan", "id", "7"}).status != 0)
        GTEST_SKIP() << "this kernel has no VLAN devices; those of tests/vm have";
    ip({"addr", "add", "10.7.0.1/24", "dev", "zdr0.7"});
    ip({"link", "set", "zdr0.7", "up"});
    client().run([] {
        ip({"link", "add", "zdr1.7", "link", "zdr1", "type", "vlan", "id", "7"});
        ip({"addr", "add", "10.7.0.2/24", "dev", "zdr1.7"});
        ip({"link", "set", "zdr1.7", "up"});
    });
    const Echo echo("::", 1000);

    load(kRemoteEverywhere);
    expect_exchange("10.7.0.1", nullptr);
    flip("drain", "webA");
    expect_refused("10.7.0.1", nullptr);
}

}  // namespace
}  // namespace zdr::test
