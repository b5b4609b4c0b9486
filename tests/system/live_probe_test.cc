// zdr-loader check --probe: checks of throw-away servers, and what stands in their way.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "support/app.h"
#include "support/deadline.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

const std::string kTwoPorts =
    std::string(kWebA) + "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\n";

const std::string kTwinned =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackup-status-port = 3001\n";

class LiveProbeTest : public SystemTest {
  protected:
    Output probe() const { return run(zdr().loader({"check", "--probe"})); }
    // That it exits 1 and says this.
    void expect_found(const std::string& what) const {
        const Output output = probe();
        EXPECT_EQ(output.status, 1) << output.out << output.err;
        EXPECT_NE(output.out.find(what), std::string::npos) << output.out;
    }
    // That all four ways are good.
    static void expect_good(const Output& output, const std::string& ports, const std::string& rest = "") {
        EXPECT_EQ(output.status, 0) << output.out << output.err;
        EXPECT_EQ(output.err, "");
        for (const char* way : {"other host, IPv4", "this host, IPv4 ", "other host, IPv6", "this host, IPv6 "})
            EXPECT_NE(output.out.find(std::string("ok       ") + way + "     " + ports + ": ready, drain" + rest),
                      std::string::npos)
                << output.out;
    }
    bool has_servers_of_a_probe() const { return contains(zdr().status(), "zdr-probe:"); }
    bool has_cgroup_of_a_probe() const {
        return std::any_of(
            std::filesystem::directory_iterator(sandbox().cgroup()), std::filesystem::directory_iterator(),
            [](const auto& entry) { return entry.path().filename().string().starts_with("zdr-probe-"); });
    }
    static std::string interfaces() { return run({"ip", "-brief", "link"}).out; }
};

TEST_F(LiveProbeTest, TriesEachStatusPortAndLeavesNothing) {
    load(kTwoPorts);
    flip("drain", "webB");
    const App app("app", "127.0.0.1", 1000);
    const std::string before = zdr().status();
    const std::string interfaces_before = interfaces();

    expect_good(probe(), "2 status ports");

    EXPECT_EQ(zdr().status(), before);
    EXPECT_EQ(interfaces(), interfaces_before);
    unload();
    expect_nothing_left();
}

TEST_F(LiveProbeTest, AsksTheAppItselfWhereThatListensOnEveryAddress) {
    load("[server.webA]\nport = 1000\nstatus-port = 2000\n");
    const App app("app", "::", 1000);

    expect_good(probe(), "1 status port");

    EXPECT_GT(app.accepted(), 0);
}

TEST_F(LiveProbeTest, WithoutAServerMakesOneUp) {
    load("# none\n");
    expect_good(probe(), "1 status port");
}

TEST_F(LiveProbeTest, NeedsALoad) {
    expect_refusal(probe(), 3);
}

TEST_F(LiveProbeTest, NamesTheClassicRuleThatWasLeft) {
    load(kTwoPorts);
    for (const char* chain : {"PREROUTING", "OUTPUT"})
        must_run({"iptables-legacy", "-t", "nat", "-A", chain, "-p", "tcp", "--dport", "2000", "-j", "REDIRECT",
                  "--to-ports", "1000"});

    expect_found(
        "other host, IPv4     port 2000 of webA is drained, and a connection was established; iptables: -A "
        "PREROUTING -p tcp -m tcp --dport 2000 -j REDIRECT --to-ports 1000");
}

TEST_F(LiveProbeTest, NamesANftRule) {
    load(kTwoPorts);
    must_run({"nft",
              "add table ip classic; add chain ip classic pre { type nat hook prerouting priority -100; }; add rule "
              "ip classic pre tcp dport { 2000, 2001 } redirect to :1000"});

    const Output output = probe();

    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.out.find("port 2000 of webA is drained, and a connection was established; nft: tcp dport { 2000, "
                              "2001 } redirect to :1000"),
              std::string::npos)
        << output.out;
    EXPECT_NE(output.out.find("ok       this host, IPv4"), std::string::npos) << output.out;
}

TEST_F(LiveProbeTest, NamesANftRuleThatLeadsByNamedSetsAndMaps) {
    load(kTwoPorts);
    must_run({"nft",
              "add table ip classic; add chain ip classic pre { type nat hook prerouting priority -100; }; add map ip "
              "classic apps { type inet_service : inet_service; elements = { 2000 : 1000, 2001 : 1001 }; }; add set ip "
              "classic others { type inet_service; elements = { 80, 81 }; }; add rule ip classic pre tcp dport @others "
              "counter; add rule ip classic pre tcp dport 1990-2010 redirect to :tcp dport map @apps; add rule ip "
              "classic pre tcp sport 1 redirect to :tcp dport map @apps"});

    const Output output = probe();

    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.out.find("port 2000 of webA is drained, and a connection was established; nft: tcp dport "
                              "1990-2010 redirect to :tcp dport map @apps; nft: tcp sport 1 redirect to"),
              std::string::npos)
        << output.out;
    EXPECT_EQ(output.out.find("@others"), std::string::npos) << output.out;
}

TEST_F(LiveProbeTest, TriesBackupStatusPorts) {
    load(kTwinned);

    expect_good(probe(), "2 status ports, 2 backup status ports", ", maint");
}

TEST_F(LiveProbeTest, NamesTheClassicRuleOfABackupStatusPort) {
    load(kTwinned);
    for (const char* chain : {"PREROUTING", "OUTPUT"})
        must_run({"iptables-legacy", "-t", "nat", "-A", chain, "-p", "tcp", "--dport", "3000", "-j", "REDIRECT",
                  "--to-ports", "1000"});

    expect_found(
        "missing  other host, IPv4     port 3000 of webA is in maint, and a connection was established; iptables: -A "
        "PREROUTING -p tcp -m tcp --dport 3000 -j REDIRECT --to-ports 1000");
}

TEST_F(LiveProbeTest, NamesAFirewallThatDropsABackupStatusPortAlone) {
    load(kTwinned);
    must_run({"nft",
              "add table inet wall; add chain inet wall in { type filter hook input priority 0; }; add rule inet wall "
              "in iif != lo tcp dport 3000 drop"});

    const Output output = probe();

    EXPECT_EQ(output.status, 1);
    for (const char* protocol : {"IPv4", "IPv6"})
        EXPECT_NE(output.out.find(std::string("missing  other host, ") + protocol +
                                  "     port 3000 of webA is ready, and no answer came within 1000 ms, though port "
                                  "1000 answers: a firewall lets that port pass alone; nft: iif != \"lo\" tcp dport "
                                  "3000 drop\n"),
                  std::string::npos)
            << output.out;
    EXPECT_NE(output.out.find("ok       this host, IPv4"), std::string::npos) << output.out;
}

// A backup status port whose status port has a probe already: that of a server at another address.
TEST_F(LiveProbeTest, TriesABackupStatusPortThatSharesItsStatusPort) {
    load(
        "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\n[server.webB]\naddress = 127.0.0.2\n"
        "port = 1000\nstatus-port = 2000\nbackup-status-port = 3001\n");
    must_run({"iptables-legacy", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "3001", "-j", "REDIRECT",
              "--to-ports", "1000"});

    expect_found("other host, IPv4     port 3001 of webB is drained, and a connection was established; iptables: -A ");
}

TEST_F(LiveProbeTest, TellsAFirewallThatLetsTheAppPortPassAlone) {
    load(kWebA);
    must_run({"nft",
              "add table inet guard; add chain inet guard in { type filter hook input priority 0; policy drop; }; add "
              "rule inet guard in iif lo accept; add rule inet guard in meta l4proto ipv6-icmp accept; add rule inet "
              "guard in ct state established accept; add rule inet guard in tcp dport 1000 accept"});

    expect_found(
        "other host, IPv4     port 2000 of webA is ready, and no answer came within 1000 ms, though port 1000 "
        "answers: a firewall lets that port pass alone");
}

TEST_F(LiveProbeTest, NamesAFirewallThatDropsTheAnswers) {
    load(kWebA);
    must_run({"nft",
              "add table inet out; add chain inet out out { type filter hook output priority 0; }; add rule inet out "
              "out oif != lo tcp sport 2000 drop"});

    expect_found("nft: oif != \"lo\" tcp sport 2000 drop");
}

TEST_F(LiveProbeTest, NamesAFirewallThatDropsTheAppsPortAlone) {
    load(kWebA);
    must_run({"nft",
              "add table inet wall; add chain inet wall in { type filter hook input priority 0; }; add rule inet wall "
              "in iif != lo tcp dport 1000 drop"});

    expect_found(
        "other host, IPv4     port 2000 of webA is ready, and a connection was established, though port 1000, which "
        "clients ask, does not answer; nft: iif != \"lo\" tcp dport 1000 drop");
}

// What names no port is told where nothing that names one is found.
TEST_F(LiveProbeTest, NamesAPolicyThatDropsAll) {
    load(kWebA);
    must_run({"ip6tables-legacy", "-A", "INPUT", "-p", "ipv6-icmp", "-j", "ACCEPT"});
    must_run({"ip6tables-legacy", "-P", "INPUT", "DROP"});

    expect_found(
        "other host, IPv6     port 2000 of webA is ready, and no answer came within 1000 ms; port 1000 does not answer "
        "either; ip6tables: :INPUT DROP");
}

TEST_F(LiveProbeTest, NamesARuleThatDropsRefusals) {
    load(kWebA);
    must_run({"nft",
              "add table inet out; add chain inet out out { type filter hook output priority 0; }; add rule inet out "
              "out oif != lo tcp flags rst drop; add rule inet out out tcp dport 80 drop"});

    const Output output = probe();

    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.out.find("other host, IPv4     port 2000 of webA is drained, and no answer came within 1000 ms; "
                              "nft: oif != \"lo\" tcp flags rst drop"),
              std::string::npos)
        << output.out;
    EXPECT_EQ(output.out.find("dport 80"), std::string::npos) << output.out;
}

// Killed while its servers and its cgroup are there, for it waits for an answer that a firewall drops.
TEST_F(LiveProbeTest, WhatAKilledOneLeftIsGoneWithTheNext) {
    load(kTwoPorts);
    flip("drain", "webB");
    const std::string before = zdr().status();
    const std::string interfaces_before = interfaces();
    must_run({"nft",
              "add table inet wall; add chain inet wall in { type filter hook input priority 0; }; add rule inet wall "
              "in tcp dport { 1000, 1001, 2000, 2001 } drop"});
    Process probing(zdr().loader({"check", "--probe"}));
    ASSERT_TRUE(eventually([&] { return has_servers_of_a_probe() && has_cgroup_of_a_probe(); }));
    probing.signal(SIGKILL);
    (void)probing.wait();
    ASSERT_TRUE(has_servers_of_a_probe() && has_cgroup_of_a_probe()) << "it has left nothing to clean up";
    must_run({"nft", "delete table inet wall"});

    EXPECT_EQ(probe().status, 0);

    EXPECT_EQ(zdr().status(), before);
    EXPECT_FALSE(has_cgroup_of_a_probe());
    // The kernel takes a namespace and its end of the cable away some time after the last process has gone.
    EXPECT_TRUE(eventually([&] { return interfaces() == interfaces_before; })) << interfaces();
    unload();
    expect_nothing_left();
}

TEST_F(LiveProbeTest, KilledAtAnyMomentItChangesNoServer) {
    load(kWebA);
    flip("drain", "webA");
    const App app("app", "127.0.0.1", 1000);
    for (const auto time : {30ms, 60ms, 100ms, 150ms}) {
        Process probing(zdr().loader({"check", "--probe"}));
        std::this_thread::sleep_for(stretched(time));
        probing.signal(SIGKILL);
        (void)probing.wait();

        EXPECT_EQ(zdr().state("webA"), "drain");
        EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    }
    unload();
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
