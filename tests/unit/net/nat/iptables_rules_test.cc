// Rules as iptables-save writes them: real ones (rules/), and lines that are odd.
#include "zdr/net/nat/iptables_rules.h"

#include <gtest/gtest.h>

#include "published_by.h"
#include "support/real_rules.h"

namespace zdr::test {
namespace {

using Ports = std::vector<std::uint16_t>;

// What one rule of PREROUTING publishes.
PublishedPorts by_rule(const std::string& rule) {
    return published_by(parse_iptables_save("*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING " + rule + "\nCOMMIT\n"));
}

PublishedPorts by_file(const std::string& name) {
    return published_by(parse_iptables_save(real_rules(name + ".save")));
}

// What Docker 20.10, Podman 4.3 with netavark 1.4, and Podman with CNI's plug-ins 1.1 made, all of Debian 12, of
// -p 1000:80 -p 127.0.0.1:1001-1002:81-82 -p 1003:80/udp; with CNI a second container, of -p 2000:80.
TEST(IptablesRules, OfContainerEnginesPublish) {
    for (const char* engine : {"docker", "netavark"}) {
        const auto published = by_file(std::string(engine) + ".ip");
        EXPECT_EQ(ports_of(published, "192.0.2.1"), Ports{1000}) << engine;
        EXPECT_EQ(ports_of(published, "127.0.0.1"), (Ports{1000, 1001, 1002})) << engine;
        EXPECT_EQ(ports_of(published), (Ports{1000, 1001, 1002})) << engine;
        EXPECT_EQ(ports_of(published, "2001:db8::1"), Ports{}) << engine;
    }
    EXPECT_EQ(ports_of(by_file("cni.ip"), "192.0.2.1"), (Ports{1000, 2000}));
    EXPECT_EQ(ports_of(by_file("cni.ip")), (Ports{1000, 1001, 1002, 2000}));
    for (const char* engine : {"docker", "netavark", "cni"}) {
        const auto published = by_file(std::string(engine) + ".ip6");
        EXPECT_EQ(ports_of(published, "2001:db8::1"), Ports{1000}) << engine;
        EXPECT_EQ(ports_of(published, "192.0.2.1"), Ports{}) << engine;
    }
}

TEST(IptablesRules, OfAnAdministrator) {
    EXPECT_EQ(ports_of(by_rule("-p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080")), Ports{80});
    EXPECT_EQ(ports_of(by_rule("-p tcp -m tcp --dport 80:82 -j DNAT --to-destination 10.0.0.2")), (Ports{80, 81, 82}));
    EXPECT_EQ(ports_of(by_rule("-p tcp -m multiport --dports 80,90:91 -j DNAT --to-destination 10.0.0.2")),
              (Ports{80, 90, 91}));
    EXPECT_EQ(ports_of(by_rule("-p tcp -m tcp ! --dport 2:65535 -j DNAT --to-destination 10.0.0.2")), Ports{1});
    EXPECT_EQ(
        ports_of(by_rule("-i eth0 -p tcp -m tcp --dport 80 -m comment --comment \"a \\\"b\\\" --dport 9\" -j DNAT "
                         "--to-destination 10.0.0.2-10.0.0.9:1000-2000 --random --persistent")),
        Ports{80});
    EXPECT_EQ(
        ports_of(by_rule("-p tcp -m comment --comment --dport -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2")),
        Ports{80});
    EXPECT_EQ(ports_of(by_rule("-p tcp -m conntrack --ctorigdst 192.0.2.1 --ctorigdstport 80 -j DNAT --to-destination "
                               "10.0.0.2")),
              Ports{80});
}

TEST(IptablesRules, OfOneAddressPublishThereOnly) {
    const auto published = by_rule("-d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2");

    EXPECT_EQ(ports_of(published), Ports{80});
    EXPECT_EQ(ports_of(published, "192.0.2.1"), Ports{80});
    EXPECT_EQ(ports_of(published, "127.0.0.1"), Ports{});
    EXPECT_EQ(ports_of(published, "2001:db8::1"), Ports{});
}

TEST(IptablesRules, OfAnotherHostsAddressPublishNothingHere) {
    const auto published = by_rule("-d 203.0.113.9/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2");

    EXPECT_EQ(ports_of(published), Ports{});
    EXPECT_EQ(ports_of(published, "203.0.113.9"), Ports{80}) << "an address that may come to this host";
}

TEST(IptablesRules, OfIPv6PublishNoIPv4) {
    for (const char* to : {"[fd00::2]:80", "fd00::2", "[fd00::2-fd00::9]:80"}) {
        const auto published = by_rule(std::string("-p tcp -m tcp --dport 80 -j DNAT --to-destination ") + to);

        EXPECT_EQ(ports_of(published, "2001:db8::1"), Ports{80}) << to;
        EXPECT_EQ(ports_of(published, "192.0.2.1"), Ports{}) << to;
    }
}

TEST(IptablesRules, ThatPublishNothing) {
    for (const char* rule : {
             "-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination 192.0.2.1:8080",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.5:8080",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination [2001:db8::1]:8080",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination :8080",
             "-p udp -m udp --dport 80 -j DNAT --to-destination 10.0.0.2",
             "! -p tcp -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m addrtype ! --dst-type LOCAL -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m addrtype --dst-type UNICAST -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m tcp --dport 80 -j ACCEPT",
             "-p tcp -m tcp --dport 80",
         })
        EXPECT_EQ(ports_of(by_rule(rule)), Ports{}) << rule;
}

TEST(IptablesRules, ToThisHostTranslate) {
    for (const char* rule : {
             "-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080",
             "-p tcp -m tcp --dport 80 -j REDIRECT",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination 192.0.2.1:8080",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination :8080",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2",
         }) {
        EXPECT_TRUE(by_rule(rule).is_translated(std::nullopt, Port(80))) << rule;
        EXPECT_FALSE(by_rule(rule).is_translated(std::nullopt, Port(81))) << rule;
    }
    EXPECT_FALSE(by_rule("-p udp -m udp --dport 80 -j REDIRECT").is_translated(std::nullopt, Port(80)));
    EXPECT_FALSE(by_rule("-p tcp -m tcp --dport 80 -j ACCEPT").is_translated(std::nullopt, Port(80)));
}

TEST(IptablesRules, ThatAreNotUnderstoodPublishNothing) {
    for (const char* rule : {
             "-p tcp -m tcp --dport http -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m tcp --dport 90:80 -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m tcp --dport -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m multiport --dports 80,,90 -j DNAT --to-destination 10.0.0.2",
             "-d 192.0.2.1/33 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination ten",
             "-p tcp -m tcp --dport 80 -j DNAT --to-destination",
             "-p tcp -m tcp --dport 80 -j DNAT",
             "-p tcp -m tcp --dport",
             "-j",
             "\"-j DNAT --to-destination 10.0.0.2",
             "\\",
         })
        EXPECT_EQ(ports_of(by_rule(rule)), Ports{}) << rule;
}

TEST(IptablesRules, OddLinesLeaveTheOthers) {
    const std::string odd =
        "*nat\n\n-A\n-A \n-A PREROUTING\nnonsense\n-A PREROUTING -p tcp -m tcp --dport what -j DNAT\n"
        "-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:80";

    EXPECT_EQ(ports_of(published_by(parse_iptables_save(odd))), Ports{80});
}

TEST(IptablesRules, OfOtherTablesAndChainsDoNotCount) {
    const std::string rule = "-p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:80\n";

    EXPECT_EQ(ports_of(published_by(parse_iptables_save("*filter\n-A PREROUTING " + rule))), Ports{});
    EXPECT_EQ(ports_of(published_by(parse_iptables_save("-A PREROUTING " + rule))), Ports{});
    EXPECT_EQ(ports_of(published_by(parse_iptables_save("*nat\n-A OUTPUT " + rule))), Ports{});
    EXPECT_EQ(ports_of(published_by(parse_iptables_save("*nat\n-A LONELY " + rule))), Ports{});
    EXPECT_EQ(ports_of(published_by(parse_iptables_save("*nat\n-A PREROUTING -g NEXT\n-A NEXT " + rule))), Ports{80});
}

}  // namespace
}  // namespace zdr::test
