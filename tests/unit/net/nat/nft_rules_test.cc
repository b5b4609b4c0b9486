// Tables as "nft -j" writes them: real ones (rules/), and JSON that is odd.
#include "zdr/net/nat/nft_rules.h"

#include <gtest/gtest.h>

#include "published_by.h"
#include "support/real_rules.h"

namespace zdr::test {
namespace {

using Ports = std::vector<std::uint16_t>;

// A table with one chain; objects and expr are JSON.
std::string table(const std::string& expr, const std::string& objects = {}) {
    return R"({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": "t"}},)" +
           objects +
           R"({"chain": {"family": "inet", "table": "t", "name": "in", "type": "nat", "hook": "prerouting"}},)" +
           R"({"rule": {"family": "inet", "table": "t", "chain": "in", "expr": [)" + expr + "]}}]}";
}

PublishedPorts by_text(const std::string& text) {
    const auto parsed = parse_nft_table(text);
    EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().text);
    return parsed ? published_by(*parsed) : PublishedPorts();
}

const std::string kTcpPort = R"({"payload": {"protocol": "tcp", "field": "dport"}})";
const std::string kDnat = R"({"dnat": {"family": "ip", "addr": "10.0.0.2", "port": 80}})";

std::string match(const std::string& left, const std::string& right, const std::string& op = "==") {
    return R"({"match": {"op": ")" + op + R"(", "left": )" + left + R"(, "right": )" + right + "}},";
}

// Each .json is what nft 1.0.6 says of the .nft beside it; docker-iptables.json of docker.ip.save.
PublishedPorts by_nft_file(const std::string& name) {
    return by_text(real_rules(name + ".json"));
}

TEST(NftRules, OfContainerEnginesPublish) {
    for (const char* engine : {"netavark", "docker", "cni"}) {
        EXPECT_EQ(ports_of(by_nft_file(engine), "192.0.2.1"), Ports{1000}) << engine;
        EXPECT_EQ(ports_of(by_nft_file(engine), "127.0.0.1"), (Ports{1000, 1001})) << engine;
        EXPECT_EQ(ports_of(by_nft_file(engine)), (Ports{1000, 1001})) << engine;
    }
    for (const char* engine : {"netavark", "docker6", "cni"})
        EXPECT_EQ(ports_of(by_nft_file(engine), "2001:db8::1"), Ports{1000}) << engine;
    EXPECT_EQ(ports_of(by_nft_file("docker"), "2001:db8::1"), Ports{});
}

TEST(NftRules, OfKubeProxyPublishNodePorts) {
    const auto published = by_nft_file("kube-proxy");

    EXPECT_EQ(ports_of(published), (Ports{8443, 30001}));
    EXPECT_EQ(ports_of(published, "192.0.2.1"), (Ports{8443, 30001}));
    EXPECT_EQ(ports_of(published, "127.0.0.1"), Ports{});
    EXPECT_EQ(ports_of(published, "10.96.0.1"), Ports{443});
}

TEST(NftRules, OfAnAdministratorPublish) {
    const auto published = by_nft_file("administrator");

    EXPECT_EQ(ports_of(published),
              (Ports{101, 102, 103, 104, 111, 112, 113, 121, 122, 129, 131,   141,   142,   143,   151,  153,
                     154, 161, 162, 163, 171, 172, 173, 174, 175, 176, 65530, 65531, 65532, 65534, 65535}));
    EXPECT_EQ(ports_of(published, "2001:db8::1"), Ports{176});
    EXPECT_FALSE(published.has(address("127.0.0.1"), Port(151)));
    EXPECT_FALSE(published.has(address("127.0.0.1"), Port(121)));
    EXPECT_TRUE(published.has(address("203.0.113.1"), Port(132)));
    EXPECT_TRUE(published.has(address("203.0.113.1"), Port(1)));
    EXPECT_TRUE(published.has(address("203.0.113.129"), Port(1)));
}

TEST(NftRules, OfIptablesDoNotSayWhereTo) {
    EXPECT_EQ(ports_of(by_nft_file("docker-iptables")), Ports{});
}

TEST(NftRules, WithAPairOfAddressAndPort) {
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "80") +
                                     R"({"dnat": {"family": "ip", "addr": {"concat": ["10.0.0.2", 80]}}})"))),
              Ports{80});
}

TEST(NftRules, ComparePorts) {
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "80") + kDnat))), Ports{80});
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "\"80\"") + kDnat))), Ports{80});
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "3", "<") + kDnat))), (Ports{1, 2}));
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "2", "<=") + kDnat))), (Ports{1, 2}));
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "65534", ">") + kDnat))), Ports{65535});
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, "65534", ">=") + kDnat))), (Ports{65534, 65535}));
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, R"({"range": [2, 65535]})", "!=") + kDnat))), Ports{1});
    EXPECT_EQ(ports_of(by_text(table(match(kTcpPort, R"({"set": [80, {"range": [90, 91]}]})", "in") + kDnat))),
              (Ports{80, 90, 91}));
}

TEST(NftRules, WhatIsAskedBesideTheDestinationDoesNotCount) {
    for (const char* left : {R"({"meta": {"key": "iifname"}})", R"({"payload": {"protocol": "ip", "field": "saddr"}})",
                             R"({"&": [{"meta": {"key": "mark"}}, 1]})", R"({"ct": {"key": "state"}})"})
        EXPECT_EQ(ports_of(by_text(table(match(left, "\"x\"") + match(kTcpPort, "80") + kDnat))), Ports{80}) << left;
}

TEST(NftRules, ThatPublishNothing) {
    for (const std::string& expr :
         {match(kTcpPort, "80") + R"({"redirect": {"port": 8080}})",
          match(kTcpPort, "80") + R"({"dnat": {"port": 8080}})",
          match(kTcpPort, "80") + R"({"dnat": {"addr": "192.0.2.1", "port": 8080}})",
          match(kTcpPort, "80") + R"({"dnat": {"addr": "127.0.0.2", "port": 8080}})",
          match(kTcpPort, "80") + R"({"xt": {"type": "target", "name": "DNAT"}})",
          match(kTcpPort, "80") + R"({"dnat": null})",
          match(R"({"payload": {"protocol": "udp", "field": "dport"}})", "80") + kDnat,
          match(R"({"meta": {"key": "l4proto"}})", "\"udp\"") + kDnat,
          match(R"({"meta": {"key": "l4proto"}})", R"({"set": ["tcp", "sctp"]})", "!=") + kDnat,
          match(R"({"fib": {"result": "type", "flags": ["daddr"]}})", "\"local\"", "!=") + kDnat,
          match(R"({"fib": {"result": "type", "flags": "daddr"}})", "\"unicast\"") + kDnat})
        EXPECT_EQ(ports_of(by_text(table(expr))), Ports{}) << expr;
}

TEST(NftRules, ToThisHostTranslate) {
    for (const std::string& expr :
         {match(kTcpPort, "80") + R"({"redirect": {"port": 8080}})", match(kTcpPort, "80") + R"({"redirect": null})",
          match(kTcpPort, "80") + R"({"dnat": {"port": 8080}})",
          match(kTcpPort, "80") + R"({"dnat": {"addr": "192.0.2.1", "port": 8080}})"}) {
        EXPECT_TRUE(by_text(table(expr)).is_translated(std::nullopt, Port(80))) << expr;
        EXPECT_FALSE(by_text(table(expr)).is_translated(std::nullopt, Port(81))) << expr;
    }
    EXPECT_FALSE(by_text(table(match(kTcpPort, "80") + R"({"accept": null})")).is_translated(std::nullopt, Port(80)));
}

TEST(NftRules, ThatAreNotUnderstoodPublishNothing) {
    for (const std::string& expr :
         {match(kTcpPort, "65536") + kDnat,
          match(kTcpPort, "-1") + kDnat,
          match(kTcpPort, "80.5") + kDnat,
          match(kTcpPort, "\"http\"") + kDnat,
          match(kTcpPort, "null") + kDnat,
          match(kTcpPort, "{}") + kDnat,
          match(kTcpPort, "[]") + kDnat,
          match(kTcpPort, R"({"range": [90, 80]})") + kDnat,
          match(kTcpPort, R"({"range": [80]})") + kDnat,
          match(kTcpPort, R"({"set": []})") + kDnat,
          match(kTcpPort, "\"@absent\"") + kDnat,
          match(kTcpPort, "80", "~") + kDnat,
          match(R"({"&": [)" + kTcpPort + ", 1]}", "1") + kDnat,
          match(R"({"payload": {"base": "th", "offset": 16, "len": 16}})", "80") + kDnat,
          match(R"({"payload": {"protocol": "ip", "field": "daddr"}})",
                R"({"prefix": {"addr": "192.0.2.1", "len": 33}})") +
              kDnat,
          match(R"({"concat": [)" + kTcpPort + "]}", "80") + kDnat,
          match(R"({"concat": [)" + kTcpPort + "]}", R"({"concat": [80, 81]})") + kDnat,
          match(kTcpPort, "80") + R"({"dnat": {"addr": "ten"}})",
          match(kTcpPort, "80") + R"({"dnat": {"addr": {"map": {}}}})",
          std::string(R"({"match": {}},)") + kDnat,
          R"({"vmap": {"key": )" + kTcpPort + R"(, "data": {"set": [[80], 81, [82, 83, 84]]}}})"})
        EXPECT_EQ(ports_of(by_text(table(expr))), Ports{}) << expr;
}

TEST(NftRules, OddObjectsLeaveTheOthers) {
    const std::string odd =
        R"(1, null, [], "rule", {"rule": null}, {"rule": {"chain": 5, "expr": {}}}, {"chain": "in"}, {"set": 7},
           {"map": {"name": "m", "elem": "none"}}, {"unknown": {}},)";

    EXPECT_EQ(ports_of(by_text(table("5, null, {}, " + match(kTcpPort, "80") + kDnat, odd))), Ports{80});
}

TEST(NftRules, ManyAlternativesEnd) {
    std::string pairs;
    for (int i = 1; i <= 2000; ++i)
        pairs += std::string(i == 1 ? "" : ",") + R"({"concat": [)" + std::to_string(i) + R"(, "192.0.2.1"]})";
    const std::string both =
        match(R"({"concat": [)" + kTcpPort + R"(, {"payload": {"protocol": "ip", "field": "daddr"}}]})",
              "{\"set\": [" + pairs + "]}");

    EXPECT_EQ(ports_of(by_text(table(both + kDnat)), "192.0.2.1").size(), 2000);
    EXPECT_EQ(ports_of(by_text(table(both + both + kDnat))), Ports{}) << "not understood";
}

TEST(NftRules, WhatIsNoJsonIsAnError) {
    for (const char* text : {"", "table ip nat {}", "[]", "{}", R"({"nftables": {}})", R"({"nftables": [)", "\xff"}) {
        const auto parsed = parse_nft_table(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().text, "what nft wrote is not a list of rules in JSON");
    }
}

}  // namespace
}  // namespace zdr::test
