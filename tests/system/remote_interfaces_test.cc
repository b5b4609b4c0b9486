// Interfaces that come, go and change after the load, and those that are made of others: a check is right on each of
// them.
#include "remote_firewall.h"
#include "remote_followed.h"
#include "support/app.h"

namespace zdr::test {
namespace {

using RemoteInterfacesTest = RemoteFollowedTest;

TEST_F(RemoteInterfacesTest, OneIsAddedAfterTheLoad) {
    load(kFollowed);
    const App app("app", "::", 1000);
    const NetNamespace other;

    connect_behind(other);

    expect_flips_seen(other, {"10.8.0.1", "fd08::1", "10.9.0.1", "fd09::1"});
    expect_flips_seen(client(), {"10.9.0.1", "fd09::1", "10.8.0.1", "fd08::1"});
}

TEST_F(RemoteInterfacesTest, OneIsRemovedAndMadeAgain) {
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    ip({"link", "del", "zdr0"});
    ASSERT_TRUE(haproxy_shows("DOWN")) << haproxy_status();
    connect_hosts(client());

    expect_followed();
}

TEST_F(RemoteInterfacesTest, OneBecomesABridgePort) {
    load(kFollowed);
    const App app("app", "::", 1000);
    expect_flips_seen(client(), {"10.9.0.1", "fd09::1"});

    put_under_bridge();

    expect_flips_seen(client(), {"10.9.0.1", "fd09::1"});
}

TEST_F(RemoteInterfacesTest, OneBecomesABridgePortWhoseFirewallIsAsked) {
    if (!filter_bridged_packets()) GTEST_SKIP() << "this kernel has no br_netfilter";
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    put_under_bridge();

    expect_followed();
}

// It takes its tcx programs along, and there another app's port is not ours to lead.
TEST_F(RemoteInterfacesTest, OneIsMovedToAnotherNamespace) {
    const NetNamespace other;
    connect_behind(other);
    load(std::string(kFollowed) + "published = yes\n");
    const NetNamespace moved;
    ip({"link", "set", "zdr2", "netns", moved.path()});
    moved.run([] {
        add_address("10.8.0.1/24", "zdr2");
        ip({"link", "set", "zdr2", "up"});
    });

    const auto theirs = make_in<App>(moved, "theirs", "10.8.0.1", 2000);
    const auto not_asked = make_in<App>(moved, "not asked", "10.8.0.1", 1000);

    EXPECT_EQ(ask_from(other, "10.8.0.1", 2000), "theirs");
}

// A device on top of the cable, on the server (10.7.0.1, fd07::1) and on the client (10.7.0.2, fd07::2).
struct Device {
    const char* kind;
    Command on_server;
    Command on_client;  // empty: the client has its address on the cable
};

void PrintTo(const Device& device, std::ostream* out) {
    *out << device.kind;
}

const Device kDevices[] = {
    {"Macvlan", {"link", "zdr0", "type", "macvlan", "mode", "bridge"}, {}},
    {"Vlan", {"link", "zdr0", "type", "vlan", "id", "7"}, {"link", "zdr1", "type", "vlan", "id", "7"}},
    {"Vxlan",
     {"type", "vxlan", "id", "7", "local", "10.9.0.1", "remote", "10.9.0.2", "dstport", "4789"},
     {"type", "vxlan", "id", "7", "local", "10.9.0.2", "remote", "10.9.0.1", "dstport", "4789"}},
};

class RemoteDeviceTest : public RemoteFollowedTest, public testing::WithParamInterface<Device> {
  protected:
    // False where the kernel has no such device.
    static bool add_on_server() {
        if (run(Command{"ip", "link", "add", "zdrtop0"} + GetParam().on_server).status != 0) return false;
        set_sysctl("ipv4/conf/zdr0/arp_ignore", "1");  // or zdr0 would answer for the address as well
        set_sysctl("ipv4/conf/zdrtop0/arp_ignore", "1");
        ip({"link", "set", "zdrtop0", "up"});
        add_address("10.7.0.1/24", "zdrtop0");
        add_address("fd07::1/64", "zdrtop0");
        return true;
    }
    void add_on_client() const {
        client().run([] {
            const bool is_on_cable = GetParam().on_client.empty();
            if (!is_on_cable) ip(Command{"link", "add", "zdrtop1"} + GetParam().on_client);
            const char* device = is_on_cable ? "zdr1" : "zdrtop1";
            ip({"link", "set", device, "up"});
            add_address("10.7.0.2/24", device);
            add_address("fd07::2/64", device);
        });
    }
    static std::string lack() { return std::string("this kernel has no device of the kind ") + GetParam().kind; }
};

TEST_P(RemoteDeviceTest, IsThereBeforeTheLoad) {
    if (!add_on_server()) GTEST_SKIP() << lack();
    add_on_client();
    load(kFollowed);
    const App app("app", "::", 1000);

    expect_flips_seen(client(), {"10.7.0.1", "fd07::1", "10.9.0.1"});
}

TEST_P(RemoteDeviceTest, IsAddedAfterTheLoad) {
    load(kFollowed);
    const App app("app", "::", 1000);

    if (!add_on_server()) GTEST_SKIP() << lack();
    add_on_client();

    expect_flips_seen(client(), {"10.7.0.1", "fd07::1", "10.9.0.1"});
}

INSTANTIATE_TEST_SUITE_P(Kinds, RemoteDeviceTest, testing::ValuesIn(kDevices),
                         [](const auto& device) { return device.param.kind; });

}  // namespace
}  // namespace zdr::test
