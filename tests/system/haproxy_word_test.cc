// HAProxy's own word: a real one asked at its sockets about servers that zdr takes out, and about those others do.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "support/app.h"
#include "support/haproxy.h"
#include "support/system_test.h"
#include "zdr/haproxy/runtime.h"

namespace zdr::test {
namespace {

constexpr std::string_view kWordServers =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\nbackend = srvs\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\n";
const std::string kWordTwins =
    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 100\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 inter 100 backup\n"
    "    server idle 127.0.0.1:1002\n";
const std::string kTcpSocket = "global\n    stats socket ipv4@127.0.0.1:9999 level user\n";
constexpr auto kWithin = std::chrono::seconds(10);

Server web_a() {
    Server server;
    server.name = "webA";
    server.backends = {"srvs"};
    server.addresses = {*Address::parse("127.0.0.1")};
    server.app_port = Port(1000);
    server.status_port = Port(2000);
    server.backup_status_port = Port(3000);
    return server;
}

class HaproxyWordTest : public SystemTest {
  protected:
    void start() {
        load(kWordServers);
        app_a_ = std::make_unique<App>("webA", "127.0.0.1", 1000);
        app_b_ = std::make_unique<App>("webB", "127.0.0.1", 1001);
        haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, kWordTwins + kTcpSocket);
        for (const char* name : {"webA", "webB", "bkpA"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }

    HaproxyEndpoint admin() const { return *parse_haproxy_endpoint(sandbox().directory() + "/haproxy.sock"); }
    static HaproxyEndpoint user() { return *parse_haproxy_endpoint("127.0.0.1:9999"); }

    std::vector<HaproxyServer> all(const HaproxyEndpoint& endpoint) const {
        auto servers = ask_haproxy(endpoint, kWithin);
        if (servers) return std::move(*servers);
        ADD_FAILURE() << servers.error().text;
        return {};
    }
    // The one that checks this port of webA.
    HaproxyServer checker_of(std::uint16_t port) const {
        const auto servers = all(admin());
        const auto found = find_haproxy_servers(servers, web_a(), Port(port), {});
        if (found.size() == 1) return *found[0];
        ADD_FAILURE() << found.size() << " servers check port " << port;
        return {};
    }
    void tell(const std::string& command) const {
        const auto answer = question_haproxy(admin(), command, kWithin);
        ASSERT_TRUE(answer) << answer.error().text;
        EXPECT_EQ(*answer, "\n") << command;
    }

    const Haproxy& haproxy() const { return *haproxy_; }

  private:
    std::unique_ptr<App> app_a_, app_b_;
    std::unique_ptr<Haproxy> haproxy_;
};

TEST_F(HaproxyWordTest, IsTheSameOverUnixAndTcpAndAtEveryLevel) {
    start();

    for (const HaproxyEndpoint& endpoint : {admin(), user()}) {
        const auto servers = all(endpoint);

        ASSERT_EQ(servers.size(), 4U) << endpoint.text;
        EXPECT_EQ(servers[0].backend, "srvs");
        EXPECT_EQ(servers[0].name, "webA");
        EXPECT_EQ(servers[0].address, *Address::parse("127.0.0.1"));
        EXPECT_EQ(servers[0].port, Port(1000));
        EXPECT_EQ(servers[0].check_port, Port(2000));
        EXPECT_EQ(servers[0].status, "UP");
        EXPECT_TRUE(servers[0].has_check);
        EXPECT_FALSE(servers[0].is_backup);
        EXPECT_TRUE(servers[2].is_backup);
        EXPECT_EQ(servers[3].status, "no check");
        EXPECT_FALSE(servers[3].has_check);
        EXPECT_TRUE(std::all_of(servers.begin(), servers.end(), is_in));
    }
}

TEST_F(HaproxyWordTest, ADrainedServerIsOutAndItsTwinIsIn) {
    start();

    flip("drain", "webA");

    ASSERT_TRUE(eventually([&] { return is_out(checker_of(2000)); }));
    EXPECT_TRUE(is_down(checker_of(2000)));
    EXPECT_EQ(checker_of(2000).status, "DOWN");
    EXPECT_EQ(checker_of(3000).name, "bkpA");
    EXPECT_TRUE(is_in(checker_of(3000)));
}

TEST_F(HaproxyWordTest, AServerThatRisesIsNotInYet) {
    start();
    flip("maint", "webA");
    ASSERT_TRUE(eventually([&] { return is_down(checker_of(2000)) && is_down(checker_of(3000)); }));

    flip("ready", "webA");

    HaproxyServer last = checker_of(2000);
    EXPECT_TRUE(eventually([&] {
        last = checker_of(2000);
        EXPECT_EQ(is_in(last), last.status.starts_with("UP")) << last.status;
        return is_in(last);
    })) << last.status;
    EXPECT_TRUE(eventually([&] { return is_in(checker_of(3000)); }));
}

TEST_F(HaproxyWordTest, WhatAdministratorsDoIsSeen) {
    start();

    tell("set server srvs/webA state maint");
    EXPECT_TRUE(is_down(checker_of(2000)));
    EXPECT_EQ(checker_of(2000).status, "MAINT");

    tell("set server srvs/webA state drain");
    ASSERT_TRUE(eventually([&] { return !is_down(checker_of(2000)); }));
    EXPECT_TRUE(is_out(checker_of(2000)));
    EXPECT_FALSE(is_in(checker_of(2000)));
    EXPECT_TRUE(checker_of(2000).status.starts_with("DRAIN"));  // "DRAIN 1/3" until its next check

    tell("set server srvs/webA state ready");
    ASSERT_TRUE(eventually([&] { return is_in(checker_of(2000)); }));
    tell("set server srvs/webA weight 0");
    EXPECT_TRUE(is_out(checker_of(2000)));
    EXPECT_FALSE(is_down(checker_of(2000)));
}

TEST_F(HaproxyWordTest, ItsOwnErrorsAreShown) {
    start();

    const auto unknown = question_haproxy(admin(), "frobnicate", kWithin);
    const auto refused = question_haproxy(user(), "set server srvs/webA state maint", kWithin);

    ASSERT_TRUE(unknown && refused);
    const std::string of_unknown = parse_haproxy_answer(*unknown).error().text;
    EXPECT_NE(of_unknown.find("is \"Unknown command"), std::string::npos) << of_unknown;
    EXPECT_EQ(parse_haproxy_answer(*refused).error().text,
              "the answer to \"show servers state\" is \"Permission denied\"");
}

TEST_F(HaproxyWordTest, ASocketOfRootIsNotForOthers) {
    start();

    const int status = in_child([&] {
        if (setgid(65534) != 0 || setuid(65534) != 0) return 99;
        const auto servers = ask_haproxy(admin(), kWithin);
        return servers ? 0 : exit_status(servers.error());
    });

    EXPECT_EQ(status, 7);
}

TEST_F(HaproxyWordTest, AStoppedProcessDoesNotHoldUp) {
    start();
    kill(haproxy().pid(), SIGSTOP);

    for (const HaproxyEndpoint& endpoint : {admin(), user()}) {
        const auto servers = ask_haproxy(endpoint, std::chrono::milliseconds(200));

        ASSERT_FALSE(servers) << endpoint.text;
        EXPECT_EQ(servers.error().text, "HAProxy at " + endpoint.text + ": no answer within 200 ms");
    }
    kill(haproxy().pid(), SIGCONT);
    EXPECT_EQ(all(admin()).size(), 4U);
}

TEST_F(HaproxyWordTest, TenThousandServersAreAllRead) {
    const Haproxy haproxy(sandbox().directory(), 8080,
                          "    server-template web 10000 127.0.0.1:1000 check port 2000 disabled\n");

    const auto servers = all(admin());

    ASSERT_EQ(servers.size(), 10'000U);
    EXPECT_EQ(servers.back().name, "web10000");
    EXPECT_EQ(servers.back().status, "MAINT");
    EXPECT_EQ(find_haproxy_servers(servers, web_a(), Port(2000), {}).size(), 10'000U);
}

}  // namespace
}  // namespace zdr::test
