// The whole: a real HAProxy checks status ports, real nginx are restarted one by one, and wrk counts the failures.
#include <memory>

#include "support/haproxy.h"
#include "support/load.h"
#include "support/net.h"
#include "support/nginx.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

constexpr std::string_view kBackedServers =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\nbackend = srvs\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackup-status-port = 3001\nbackend = srvs\n";

// The twins of DESIGN.md, which HAProxy checks on the app port.
constexpr const char* kPlainTwins =
    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 100\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 1000 inter 100 backup\n"
    "    server bkpB 127.0.0.1:1001 cookie B check port 1001 inter 100 backup\n";
constexpr const char* kTwinsWithTheirOwnStatusPort =
    "    server webA 127.0.0.1:1000 cookie A check port 2000 inter 100\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001 inter 100\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 inter 100 backup\n"
    "    server bkpB 127.0.0.1:1001 cookie B check port 3001 inter 100 backup\n";
constexpr const char* kUrl = "http://127.0.0.1:8080/";

class HaproxyTest : public SystemTest {
  protected:
    void start(const std::string& servers) {
        load(kBackedServers);
        app_a_ = std::make_unique<Nginx>(sandbox().directory(), "webA", 1000);
        app_b_ = std::make_unique<Nginx>(sandbox().directory(), "webB", 1001);
        haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, servers);
        for (const char* name : {"webA", "webB", "bkpA", "bkpB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }

    // Out with a server, its app restarted, and back.
    void roll(const std::string& server, const std::string& backup, Nginx& app) const {
        flip("drain", server);
        ASSERT_TRUE(haproxy_->shows(server, "DOWN")) << haproxy_->status(server);
        EXPECT_EQ(haproxy_->status(backup), "UP");

        app.restart();

        flip("ready", server);
        ASSERT_TRUE(haproxy_->shows(server, "UP")) << haproxy_->status(server);
    }

    const Haproxy& haproxy() const { return *haproxy_; }
    Nginx& app_a() { return *app_a_; }
    Nginx& app_b() { return *app_b_; }

  private:
    std::unique_ptr<Nginx> app_a_, app_b_;
    std::unique_ptr<Haproxy> haproxy_;
};

TEST_F(HaproxyTest, RollingRestartFailsNoRequestOfNewClients) {
    start(kPlainTwins);
    Load clients(sandbox().directory(), kUrl);
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0 && haproxy().chosen("webB") > 0; }));

    roll("webA", "bkpA", app_a());
    roll("webB", "bkpB", app_b());

    const long of_a = haproxy().chosen("webA");
    EXPECT_TRUE(eventually([&] { return haproxy().chosen("webA") > of_a; }));  // it has come back
    expect_no_failures(clients.report());
}

TEST_F(HaproxyTest, DrainKeepsClientsWithACookieOnTheirServer) {
    start(kPlainTwins);
    Load clients(sandbox().directory(), kUrl, "Cookie: SRV=A");
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0; }));
    EXPECT_EQ(haproxy().chosen("webB"), 0);

    flip("drain", "webA");
    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    const long before = haproxy().chosen("bkpA");

    EXPECT_TRUE(eventually([&] { return haproxy().chosen("bkpA") > before; }));
    EXPECT_EQ(haproxy().status("bkpA"), "UP");
    expect_no_failures(clients.report());
    EXPECT_EQ(haproxy().chosen("webB"), 0);
    EXPECT_EQ(haproxy().chosen("bkpB"), 0);
}

TEST_F(HaproxyTest, DrainSendsNewClientsToTheOther) {
    start(kPlainTwins);
    flip("drain", "webA");
    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    const long of_a = haproxy().chosen("webA");

    Load clients(sandbox().directory(), kUrl);
    EXPECT_TRUE(eventually([&] { return haproxy().chosen("webB") > 20; }));

    expect_no_failures(clients.report());
    EXPECT_EQ(haproxy().chosen("webA"), of_a);
    EXPECT_EQ(haproxy().chosen("bkpA"), 0);
}

TEST_F(HaproxyTest, DrainWithTwoStatusPortsLeavesTheTwinUp) {
    start(kTwinsWithTheirOwnStatusPort);

    flip("drain", "webA");

    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    EXPECT_EQ(haproxy().status("bkpA"), "UP");
    flip("ready", "webA");
    EXPECT_TRUE(haproxy().shows("webA", "UP"));
}

TEST_F(HaproxyTest, MaintWithTwoStatusPortsTakesTheTwinDownToo) {
    start(kTwinsWithTheirOwnStatusPort);
    Load clients(sandbox().directory(), kUrl, "Cookie: SRV=A");
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0; }));

    flip("maint", "webA");

    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    ASSERT_TRUE(haproxy().shows("bkpA", "DOWN"));
    EXPECT_TRUE(eventually([&] { return haproxy().chosen("webB") > 0; }));  // known clients have moved
    EXPECT_EQ(haproxy().status("webB"), "UP");
    flip("ready", "webA");
    EXPECT_TRUE(haproxy().shows("webA", "UP"));
    EXPECT_TRUE(haproxy().shows("bkpA", "UP"));
    expect_no_failures(clients.report());
}

TEST_F(HaproxyTest, SaysThatTheConnectionWasRefused) {
    start(kPlainTwins);

    flip("drain", "webA");

    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    EXPECT_EQ(haproxy().field("webA", "check_status"), "L4CON");
    EXPECT_GE(zdr().refused("webA"), 3);
    EXPECT_GT(zdr().redirected("webA"), 0);
}

TEST_F(HaproxyTest, RepeatedLoadsKeepServersUp) {
    start(kPlainTwins);
    Load clients(sandbox().directory(), kUrl);

    for (int i = 0; i < 5; ++i) ASSERT_EQ(zdr().load().status, 0);

    EXPECT_EQ(haproxy().field("webA", "chkdown"), "0");
    EXPECT_EQ(haproxy().field("webA", "chkfail"), "0");
    EXPECT_EQ(haproxy().field("webB", "chkfail"), "0");
    expect_no_failures(clients.report());
}

}  // namespace
}  // namespace zdr::test
