// The parsers of firewall rules over texts that are almost right: mutations of real ones, the same at every run.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "support/real_rules.h"
#include "zdr/net/nat/iptables_rules.h"
#include "zdr/net/nat/nft_rules.h"
#include "zdr/net/published_ports.h"

namespace zdr::test {
namespace {

constexpr int kTexts = 3000;

class RulesMutator {
  public:
    RulesMutator(std::string good, std::vector<std::string> pieces)
        : good_(std::move(good)), pieces_(std::move(pieces)) {}

    std::string next() {
        std::string text = good_;
        for (std::size_t times = 1 + below(4); times > 0; --times) mutate(text);
        return text;
    }

  private:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    void mutate(std::string& text) {
        const std::size_t at = below(text.size() + 1);
        switch (below(6)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(below(256));
                break;
            case 1:
                text.erase(at, below(30));
                break;
            case 2:
                text.insert(at, text.substr(below(text.size() + 1), below(60)));
                break;
            case 3:
                text.resize(at);
                break;
            default:
                text.insert(at, pieces_[below(pieces_.size())]);
        }
        if (text.empty()) text = " ";
    }

    std::string good_;
    std::vector<std::string> pieces_;
    std::mt19937_64 random_{1};  // its sequence is fixed by the standard
};

// What the rules come to on a host of two addresses, whatever that is; and that nothing comes of nothing.
void expect_sense(const NatTable& table, bool translates) {
    auto found = find_translations(table);
    if (!found) return;
    EXPECT_TRUE(translates || found->empty());
    const std::vector<Address> local = {*Address::parse("127.0.0.1"), *Address::parse("2001:db8::1")};
    const PublishedPorts published(std::move(*found), {}, local);
    for (const std::uint16_t port : std::vector<std::uint16_t>{1, 1000, 30001, 65535}) {
        const bool on_some = published.has(local[0], Port(port)) || published.has(local[1], Port(port));
        EXPECT_EQ(published.has(std::nullopt, Port(port)), on_some) << port;
    }
}

TEST(NatRulesMutation, OfIptables) {
    for (const char* file : {"docker.ip.save", "netavark.ip6.save", "cni.ip.save"}) {
        RulesMutator mutator(real_rules(file), {" -j DNAT",
                                                " --dport ",
                                                " --dports 1,,",
                                                " ! ",
                                                "\"",
                                                "\\",
                                                "\n-A ",
                                                "\n*nat\n",
                                                " -g PREROUTING",
                                                " --to-destination [",
                                                ":",
                                                "/",
                                                "-",
                                                ",",
                                                "65536",
                                                "0",
                                                "::",
                                                std::string(1, '\0'),
                                                "\n-A PREROUTING -j PREROUTING\n",
                                                " -p tcp -p udp"});
        for (int i = 0; i < kTexts; ++i) {
            const std::string text = mutator.next();
            expect_sense(parse_iptables_save(text), text.find("DNAT") != std::string::npos);
        }
    }
}

TEST(NatRulesMutation, OfNftables) {
    for (const char* file : {"administrator.json", "kube-proxy.json", "netavark.json"}) {
        RulesMutator mutator(real_rules(file), {"null,",
                                                "{}",
                                                "[]",
                                                "\"@absent\"",
                                                "\"@pairs\"",
                                                "-1",
                                                "65536",
                                                "1e9",
                                                "\"\"",
                                                ", ",
                                                "}",
                                                "]",
                                                R"({"elem": {"val": )",
                                                R"({"set": [)",
                                                R"({"concat": [)",
                                                R"({"range": [9, 1]})",
                                                "\xff",
                                                R"({"prefix": {"addr": "::", "len": 129}})",
                                                std::string(10'000, '['),
                                                R"({"jump": {"target": "in"}},)"});
        for (int i = 0; i < kTexts; ++i) {
            const std::string text = mutator.next();
            const auto table = parse_nft_table(text);
            if (table) expect_sense(*table, text.find("dnat") != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace zdr::test
