// Rules of address translation for others on the server's host, as Docker, libvirt and VPNs add them: checks from other
// hosts arrive as before, and HAProxy and zdrctl agree.
#include "remote_firewall.h"
#include "remote_followed.h"
#include "support/app.h"
#include "support/deadline.h"

namespace zdr::test {
namespace {

// Who writes the rule, and how.
struct Masquerade {
    const char* by;
    void (*add)();
};

void PrintTo(const Masquerade& masquerade, std::ostream* out) {
    *out << masquerade.by;
}

void add_by_iptables(Iptables kind) {
    iptables(kind, {"-t", "nat", "-A", "POSTROUTING", "-s", "172.17.0.0/16", "-j", "MASQUERADE"});
    ip6tables(kind, {"-t", "nat", "-A", "POSTROUTING", "-s", "fd17::/64", "-j", "MASQUERADE"});
}

void add_by_nft_ip() {
    nft("table ip nat { chain post { type nat hook postrouting priority 100; ip saddr 172.17.0.0/16 masquerade; }; }");
    nft("table ip6 nat { chain post { type nat hook postrouting priority 100; ip6 saddr fd17::/64 masquerade; }; }");
}

void add_by_nft_inet() {
    nft("table inet nat { chain post { type nat hook postrouting priority 100; "
        "ip saddr 172.17.0.0/16 masquerade; ip6 saddr fd17::/64 masquerade; }; }");
}

constexpr Masquerade kMasquerades[] = {
    {"IptablesLegacy", [] { add_by_iptables(Iptables::kLegacy); }},
    {"IptablesNft", [] { add_by_iptables(Iptables::kNft); }},
    {"NftIp", add_by_nft_ip},
    {"NftInet", add_by_nft_inet},
};

class RemoteNatTest : public RemoteFollowedTest, public testing::WithParamInterface<Masquerade> {};

TEST_P(RemoteNatTest, MasqueradeDisturbsNoCheck) {
    GetParam().add();
    load(kFollowed);
    const App app("app", "::", 1000);

    start_haproxy();

    expect_followed();
}

TEST_P(RemoteNatTest, MasqueradeOfBridgedPacketsDisturbsNoCheck) {
    if (!filter_bridged_packets()) GTEST_SKIP() << "this kernel has no br_netfilter";
    put_under_bridge();
    GetParam().add();
    load(kFollowed);
    const App app("app", "::", 1000);

    start_haproxy();

    expect_followed();
}

TEST_P(RemoteNatTest, MasqueradeThatComesLaterDisturbsNoCheck) {
    load(kFollowed);
    const App app("app", "::", 1000);
    start_haproxy();
    ASSERT_TRUE(haproxy_shows("UP")) << haproxy_status();

    GetParam().add();

    const auto before = zdr().redirected("webA");
    EXPECT_TRUE(eventually([&] { return zdr().redirected("webA") > before + 10; }));
    EXPECT_EQ(failed_checks(), 0);
    EXPECT_EQ(haproxy_status(), "UP");
}

INSTANTIATE_TEST_SUITE_P(By, RemoteNatTest, testing::ValuesIn(kMasquerades),
                         [](const auto& masquerade) { return masquerade.param.by; });

using RemoteConntrackTest = RemoteFollowedTest;

TEST_F(RemoteConntrackTest, DroppedInvalidPacketsAreNoChecks) {
    nft("table inet filter { chain in { type filter hook input priority 0; ct state invalid drop; }; }");
    add_by_nft_inet();
    load(kFollowed);
    const App app("app", "::", 1000);

    start_haproxy();

    expect_followed();
}

// A firewall as hosts have it: what is established, and what is opened.
TEST_F(RemoteConntrackTest, OpenedStatusPortIsEnough) {
    nft("table inet filter { chain in { type filter hook input priority 0; policy drop; "
        "ct state established,related accept; ct state invalid drop; iif lo accept; meta l4proto ipv6-icmp accept; "
        "tcp dport { 1000, 2000 } accept; }; }");
    load(kFollowed);
    const App app("app", "::", 1000);

    start_haproxy();

    expect_followed();
}

}  // namespace
}  // namespace zdr::test
