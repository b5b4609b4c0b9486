#include "ctl/plot/plotted_lines.h"

#include <gtest/gtest.h>

namespace zdr::ctl {
namespace {

Server ours(const std::string& name, std::uint16_t port) {
    Server server;
    server.name = name;
    server.backends = {"srvs"};
    server.addresses = {*Address::parse("127.0.0.1")};
    server.app_port = Port(port);
    server.status_port = Port(static_cast<std::uint16_t>(port + 1000));
    return server;
}

HaproxyServer theirs(const std::string& backend, const std::string& name, std::uint16_t port, std::uint16_t check_port,
                     bool is_backup = false) {
    HaproxyServer server;
    server.backend = backend;
    server.name = name;
    server.address = *Address::parse("127.0.0.1");
    server.port = Port(port);
    server.check_port = Port(check_port);
    server.has_check = true;
    server.is_backup = is_backup;
    return server;
}

AskedHaproxy haproxy(const std::string& socket, std::vector<HaproxyServer> servers) {
    return {*parse_haproxy_endpoint(socket), std::move(servers)};
}

// The classic backend, and one that has nothing to do with it.
const std::vector<HaproxyServer> kClassic{theirs("srvs", "webA", 1000, 2000), theirs("srvs", "webB", 1001, 2001),
                                          theirs("srvs", "bkpA", 1000, 1000, true),
                                          theirs("srvs", "bkpB", 1001, 1001, true), theirs("api", "one", 1009, 1009)};

std::vector<std::string> names(const SampledHaproxy& sampled) {
    std::vector<std::string> out;
    for (const RecordedLine& one : sampled.lines) out.push_back(one.line.name);
    return out;
}

using Names = std::vector<std::string>;

TEST(PlottedLines, TheRestartedComeFirstAndTwinsStandTogether) {
    const std::vector<AskedHaproxy> asked{haproxy("/run/haproxy.sock", kClassic)};
    const std::vector<Server> servers{ours("webB", 1001)};

    const auto chosen = choose_plotted_lines(asked, servers, {});

    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_EQ(chosen[0].backends, Names{"srvs"});
    EXPECT_EQ(names(chosen[0]), (Names{"srvs/webB", "srvs/bkpB", "srvs/webA", "srvs/bkpA"}));
    EXPECT_EQ(chosen[0].lines[0].line.app, chosen[0].lines[1].line.app);
    EXPECT_TRUE(chosen[0].lines[1].line.is_backup);
    EXPECT_NE(chosen[0].lines[0].line.app, chosen[0].lines[2].line.app);
}

TEST(PlottedLines, OfSeveralHaproxysEachIsNamedAndAnAppIsTheSame) {
    const std::vector<AskedHaproxy> asked{haproxy("lb1:9999", kClassic), haproxy("lb2:9999", kClassic),
                                          haproxy("lb3:9999", {theirs("api", "one", 1009, 1009)})};
    const std::vector<Server> servers{ours("webA", 1000)};

    const auto chosen = choose_plotted_lines(asked, servers, {});

    ASSERT_EQ(chosen.size(), 2U);
    EXPECT_EQ(names(chosen[1]).front(), "srvs/webA");
    EXPECT_EQ(chosen[1].lines[0].line.haproxy, "lb2:9999");
    EXPECT_EQ(chosen[0].lines[0].line.app, chosen[1].lines[0].line.app);
}

TEST(PlottedLines, ManyAreOne) {
    std::vector<HaproxyServer> many;
    for (int i = 0; i < 1000; ++i) {
        const auto port = static_cast<std::uint16_t>(10000 + i);
        many.push_back(theirs("srvs", "web" + std::to_string(i), port, static_cast<std::uint16_t>(port + 1000)));
    }
    const std::vector<AskedHaproxy> asked{haproxy("/run/haproxy.sock", many)};
    const std::vector<Server> servers{ours("web900", 10900)};

    const auto chosen = choose_plotted_lines(asked, servers, {});

    const auto& lines = chosen.at(0).lines;
    ASSERT_EQ(lines.size(), kMostLines + 1);
    EXPECT_EQ(lines.front().line.name, "srvs/web900");
    EXPECT_TRUE(lines.back().line.is_rest);
    EXPECT_EQ(lines.back().line.name, "976 more");
    EXPECT_EQ(lines.back().of.size(), 976U);
}

TEST(PlottedLines, WhoHasNoneOfTheServersIsNotAsked) {
    const std::vector<AskedHaproxy> asked{haproxy("/run/haproxy.sock", {theirs("api", "one", 1009, 1009)})};
    const std::vector<Server> servers{ours("webA", 1000)};

    EXPECT_TRUE(choose_plotted_lines(asked, servers, {}).empty());
}

}  // namespace
}  // namespace zdr::ctl
