// The whole with HAProxy on another host: real nginx are restarted one by one, and wrk counts the failures.
#include <memory>

#include "remote_hosts.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/load.h"
#include "support/service.h"

namespace zdr::test {
namespace {

constexpr std::string_view kServers =
    "[server.webA]\naddress = 10.9.0.1\nport = 1000\nstatus-port = 2000\nbackend = srvs\n"
    "[server.webB]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\n";
constexpr const char* kTwins =
    "    server webA 10.9.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 10.9.0.1:1001 cookie B check port 2001 inter 100\n"
    "    server bkpA 10.9.0.1:1000 cookie A check port 1000 inter 100 backup\n"
    "    server bkpB 10.9.0.1:1001 cookie B check port 1001 inter 100 backup\n";
constexpr const char* kUrl = "http://127.0.0.1:8080/";

// With a status port for each of the twins.
constexpr std::string_view kTwoPortServers =
    "[server.webA]\naddress = 10.9.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\nbackend = srvs\n"
    "inter = 100ms\n"
    "[server.webB]\naddress = 10.9.0.1\nport = 1001\nstatus-port = 2001\nbackup-status-port = 3001\nbackend = srvs\n"
    "inter = 100ms\n";
constexpr const char* kTwoPortTwins =
    "    option redispatch 1\n    retries 3\n"
    "    server webA 10.9.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 10.9.0.1:1001 cookie B check port 2001 inter 100\n"
    "    server bkpA 10.9.0.1:1000 cookie A check port 3000 inter 100 backup\n"
    "    server bkpB 10.9.0.1:1001 cookie B check port 3001 inter 100 backup\n";

// As a container engine makes it: nothing of it concerns zdr, but the kernel tracks every connection from then on.
constexpr const char* kMasquerade =
    "add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; };"
    "add rule ip nat post ip saddr 172.17.0.0/16 masquerade";

class RemoteHaproxyTest : public RemoteTest {
  protected:
    void start(std::string_view servers = kServers, const std::string& twins = kTwins) {
        ASSERT_EQ(run({"nft", kMasquerade}).status, 0);
        load(servers);
        Service(sandbox().directory(), "webA", "10.9.0.1:1000");
        Service(sandbox().directory(), "webB", "10.9.0.1:1001");
        haproxy_ = make_in<Haproxy>(client(), sandbox().directory(), std::uint16_t{8080}, twins);
        for (const char* name : {"webA", "webB", "bkpA", "bkpB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }

    // Out with a server, its app restarted, and back.
    void roll(const std::string& server, const std::string& backup) const {
        flip("drain", server);
        ASSERT_TRUE(haproxy_->shows(server, "DOWN")) << haproxy_->status(server);
        EXPECT_EQ(haproxy_->status(backup), "UP");

        ASSERT_EQ(run(Service::restart_command(sandbox().directory(), server)).status, 0);

        flip("ready", server);
        ASSERT_TRUE(haproxy_->shows(server, "UP")) << haproxy_->status(server);
    }

    std::unique_ptr<Load> start_clients(const LoadOptions& options) const {
        return make_in<Load>(client(), sandbox().directory(), kUrl, options);
    }

    const Haproxy& haproxy() const { return *haproxy_; }

  private:
    std::unique_ptr<Haproxy> haproxy_;
};

TEST_F(RemoteHaproxyTest, RollingRestartFailsNoRequestOfNewClients) {
    start();
    const auto clients = start_clients({});
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0 && haproxy().chosen("webB") > 0; }));

    roll("webA", "bkpA");
    roll("webB", "bkpB");

    const long of_a = haproxy().chosen("webA");
    EXPECT_TRUE(eventually([&] { return haproxy().chosen("webA") > of_a; }));  // it has come back
    expect_no_failures(clients->report());
}

TEST_F(RemoteHaproxyTest, DrainIsSeenAsARefusedConnection) {
    start();
    flip("drain", "webA");

    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    EXPECT_EQ(haproxy().field("webA", "check_status"), "L4CON");
    EXPECT_GE(zdr().refused("webA"), 3);
    EXPECT_GT(zdr().redirected("webA"), 0);
}

TEST_F(RemoteHaproxyTest, DrainKeepsClientsWithACookieOnTheirServer) {
    start();
    const auto clients = start_clients({.header = "Cookie: SRV=A"});
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0; }));

    flip("drain", "webA");
    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    const long before = haproxy().chosen("bkpA");

    EXPECT_TRUE(eventually([&] { return haproxy().chosen("bkpA") > before; }));
    expect_no_failures(clients->report());
    EXPECT_EQ(haproxy().chosen("webB"), 0);
}

TEST_F(RemoteHaproxyTest, RepeatedLoadsKeepServersUp) {
    start();
    const auto clients = start_clients({});

    for (int i = 0; i < 5; ++i) ASSERT_EQ(zdr().load().status, 0);

    for (const char* name : {"webA", "webB"}) EXPECT_EQ(haproxy().field(name, "chkfail"), "0") << name;
    expect_no_failures(clients->report());
}

TEST_F(RemoteHaproxyTest, TwentyRestartsUnderFullLoadFailNoRequest) {
    start(kTwoPortServers, kTwoPortTwins);
    const auto strangers = start_clients({.connections = 40, .pause = std::chrono::milliseconds(0)});
    const auto known =
        start_clients({.connections = 40, .pause = std::chrono::milliseconds(0), .header = "Cookie: SRV=A"});

    for (int i = 0; i < 20; ++i) {
        const Output output = run(
            zdr().ctl({"restart", "webA", "webB"}) + Command{"--"} + Service::restart_command(sandbox().directory()),
            std::chrono::minutes(2));
        ASSERT_EQ(output.status, 0) << output.err;
    }

    expect_no_failures(strangers->report());
    expect_no_failures(known->report());
}

}  // namespace
}  // namespace zdr::test
