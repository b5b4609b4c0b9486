// Published ports as this host's own tools and processes tell: real rules, made by the real tools, and a real Podman.
#include "zdr/net/published_ports.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/app.h"
#include "support/deadline.h"
#include "support/podman.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using Ports = std::vector<std::uint16_t>;

const std::string kRules = ZDR_RULES_DIR "/";

// Those of 1 to 65535 that are published on this address; without one on any.
Ports published(const std::string& on = {}) {
    const auto ports = published_ports();
    EXPECT_TRUE(ports) << (ports ? "" : ports.error().text);
    Ports out;
    if (!ports) return out;
    const auto where = on.empty() ? std::nullopt : std::optional(*Address::parse(on));
    for (unsigned port = 1; port <= 65535; ++port)
        if (ports->has(where, Port(static_cast<std::uint16_t>(port)))) out.push_back(static_cast<std::uint16_t>(port));
    return out;
}

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class PublishedPortsTest : public SystemTest {
  protected:
    // From here on a tool of the system is this script, in this sandbox only.
    void replace_tool(const std::string& tool, const std::string& script) const {
        const std::string path = sandbox().directory() + "/tool";
        std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
        ASSERT_EQ(chmod(path.c_str(), 0755), 0);
        ASSERT_EQ(mount(path.c_str(), tool.c_str(), nullptr, MS_BIND, nullptr), 0);
    }
};

TEST_F(PublishedPortsTest, AreNoneWithoutRulesAndNothingIsMadeToAsk) {
    EXPECT_EQ(published(), Ports{});

    EXPECT_EQ(content("/proc/net/ip_tables_names"), "");
    EXPECT_EQ(content("/proc/net/ip6_tables_names"), "");
    EXPECT_EQ(run({"nft", "list", "ruleset"}).out, "");
}

TEST_F(PublishedPortsTest, OfIptables) {
    for (const std::string kind : {"nft", "legacy"})
        for (const std::string engine : {"docker", "netavark"}) {
            must_run({"sh", "-c", "iptables-" + kind + "-restore < " + kRules + engine + ".ip.save"});
            EXPECT_EQ(published(), (Ports{1000, 1001, 1002})) << kind << " " << engine;
            EXPECT_EQ(published("::1"), Ports{}) << kind << " " << engine;

            must_run({"sh", "-c", "ip6tables-" + kind + "-restore < " + kRules + engine + ".ip6.save"});
            EXPECT_EQ(published("::1"), Ports{1000}) << kind << " " << engine;

            must_run({"iptables-" + kind, "-t", "nat", "-F"});
            must_run({"ip6tables-" + kind, "-t", "nat", "-F"});
            EXPECT_EQ(published(), Ports{}) << kind << " " << engine;
        }
}

TEST_F(PublishedPortsTest, OfNftables) {
    for (const std::string engine : {"netavark", "docker", "cni"}) {
        must_run({"nft", "-f", kRules + engine + ".nft"});

        EXPECT_EQ(published(), (Ports{1000, 1001})) << engine;
        EXPECT_EQ(published("::1"), Ports{1000}) << engine;

        must_run({"nft", "flush", "ruleset"});
        EXPECT_EQ(published(), Ports{}) << engine;
    }
}

TEST_F(PublishedPortsTest, OfSeveralFirewallsAtOnce) {
    must_run({"nft", "-f", kRules + "netavark.nft"});
    must_run({"nft", "add table ip nat; add chain ip nat own { type nat hook prerouting priority -100; }"});
    must_run({"nft", "add rule ip nat own tcp dport 2001 dnat to 10.0.0.2"});
    must_run({"iptables-nft", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "2002", "-j", "DNAT",
              "--to-destination", "10.0.0.2"});
    must_run({"iptables-legacy", "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "2003", "-j", "DNAT",
              "--to-destination", "10.0.0.2"});

    EXPECT_EQ(published(), (Ports{1000, 1001, 2001, 2002, 2003}));
}

TEST_F(PublishedPortsTest, RedirectsAndOtherPortsOfThisHostAreNone) {
    for (const char* kind : {"iptables-nft", "iptables-legacy"})
        for (const Command& target :
             {Command{"REDIRECT", "--to-ports", "1000"}, Command{"DNAT", "--to-destination", "127.0.0.1:1000"},
              Command{"DNAT", "--to-destination", ":1000"}, Command{"DNAT", "--to-destination", "10.9.0.1:1000"}})
            must_run(Command{kind, "-t", "nat", "-A", "PREROUTING", "-p", "tcp", "--dport", "2000", "-j"} + target);
    must_run({"ip", "addr", "add", "10.9.0.1/24", "dev", "lo"});

    EXPECT_EQ(published(), Ports{});
}

TEST_F(PublishedPortsTest, WhatAToolSaysWhenItFailsIsSaid) {
    must_run({"nft", "-f", kRules + "docker.nft"});
    replace_tool("/usr/sbin/nft", "echo the rules are locked >&2; exit 1");

    const auto ports = published_ports();

    ASSERT_FALSE(ports);
    EXPECT_EQ(ports.error().text,
              "read the firewall's NAT rules: run /usr/sbin/nft -j list table ip docker-bridges: the rules are locked");
}

TEST_F(PublishedPortsTest, AToolThatHangsIsNotWaitedFor) {
    must_run({"nft", "-f", kRules + "docker.nft"});
    replace_tool("/usr/sbin/nft", "exec sleep 1000");

    const auto ports = published_ports();

    ASSERT_FALSE(ports);
    EXPECT_EQ(ports.error().code, make_error_code(Errc::kTimedOut));
}

TEST_F(PublishedPortsTest, ALoadThatCannotAskSaysSoAndGoesOn) {
    must_run({"nft", "-f", kRules + "docker.nft"});
    replace_tool("/usr/sbin/nft", "echo the rules are locked >&2; exit 1");
    zdr().configure(kWebA);

    const Output output = zdr().load();

    EXPECT_EQ(output.status, 0);
    EXPECT_TRUE(contains(output.err, "which ports are published from containers is not known")) << output.err;
    EXPECT_TRUE(contains(output.err, "the rules are locked")) << output.err;
    EXPECT_TRUE(contains(zdr().status(), "webA"));
}

TEST_F(PublishedPortsTest, AToolThatIsNotThereIsNotMissed) {
    must_run({"nft", "-f", kRules + "docker.nft"});
    ASSERT_EQ(mount("/dev/null", "/usr/sbin/nft", nullptr, MS_BIND, nullptr), 0);

    EXPECT_EQ(published(), Ports{});
}

TEST_F(PublishedPortsTest, OfPodmanAreThoseOfContainersThatRun) {
    const Podman podman(sandbox());
    const App app("app", "127.0.0.1", 1004);
    podman.run("one", {"1000:80", "127.0.0.1:1001:80", "1003:80/udp"});
    ASSERT_TRUE(eventually([] { return ask("127.0.0.1", 1000) == "one"; })) << ask("127.0.0.1", 1000);

    EXPECT_EQ(published(), (Ports{1000, 1001}));
    EXPECT_EQ(published("10.88.0.1"), Ports{1000});

    podman.stop("one");
    EXPECT_EQ(published(), Ports{});

    podman.start("one");
    EXPECT_EQ(published(), (Ports{1000, 1001}));
}

// conmon listens there, and accepts nothing.
TEST_F(PublishedPortsTest, OfPodmanAreKnownByWhoHoldsThem) {
    const Podman podman(sandbox());
    podman.run("one", {"1000:80", "127.0.0.1:1001:80"});
    must_run({"nft", "flush", "ruleset"});
    must_run({"iptables-legacy", "-t", "nat", "-F"});

    EXPECT_EQ(published(), (Ports{1000, 1001}));
    EXPECT_EQ(published("10.88.0.1"), Ports{1000});
}

}  // namespace
}  // namespace zdr::test
