// The whole with HAProxy on another host: real nginx are restarted one by one, and wrk counts the failures.
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "remote_hosts.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/load.h"

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

// A real nginx on every address of the server.
class RemoteNginx {
  public:
    RemoteNginx(const std::string& directory, const std::string& name, std::uint16_t port)
        : config_(directory + "/" + name + ".conf"), port_(port) {
        const std::string files = directory + "/" + name;
        mkdir(files.c_str(), 0755);
        std::ofstream config(config_);
        config << "daemon off;\nuser root;\nworker_processes 1;\npid " << files << "/pid;\nerror_log stderr warn;\n"
               << "events { worker_connections 512; }\nhttp {\naccess_log off;\n";
        for (const char* what : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
            config << what << "_temp_path " << files << ";\n";
        config << "server { listen " << port << "; location / { return 200 \"" << name << "\\n\"; } }\n}\n";
        config.close();
        start();
    }

    // Lets running requests end, then starts anew.
    void restart() {
        process_->signal(SIGQUIT);
        if (const Output output = process_->wait(); output.status != 0)
            throw std::runtime_error("nginx: " + output.err);
        start();
    }

  private:
    void start() {
        process_ = std::make_unique<Process>(Command{"nginx", "-e", "stderr", "-c", config_});
        const bool listens =
            eventually([&] { return !process_->is_running() || connect_to("10.9.0.1", port_).error == 0; });
        if (!listens || !process_->is_running()) throw std::runtime_error("nginx: " + process_->standard_error());
    }

    std::string config_;
    std::uint16_t port_;
    std::unique_ptr<Process> process_;
};

class RemoteHaproxyTest : public RemoteTest {
  protected:
    void SetUp() override {
        RemoteTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        load(kServers);
        app_a_ = std::make_unique<RemoteNginx>(sandbox().directory(), "webA", std::uint16_t{1000});
        app_b_ = std::make_unique<RemoteNginx>(sandbox().directory(), "webB", std::uint16_t{1001});
        haproxy_ = make_in<Haproxy>(client(), sandbox().directory(), std::uint16_t{8080}, kTwins);
        for (const char* name : {"webA", "webB", "bkpA", "bkpB"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }

    // Out with a server, its app restarted, and back.
    void roll(const std::string& server, const std::string& backup, RemoteNginx& app) const {
        flip("drain", server);
        ASSERT_TRUE(haproxy_->shows(server, "DOWN")) << haproxy_->status(server);
        EXPECT_EQ(haproxy_->status(backup), "UP");

        app.restart();

        flip("ready", server);
        ASSERT_TRUE(haproxy_->shows(server, "UP")) << haproxy_->status(server);
    }

    std::unique_ptr<Load> start_clients(const std::string& header) const {
        return make_in<Load>(client(), sandbox().directory(), kUrl, header);
    }

    const Haproxy& haproxy() const { return *haproxy_; }
    RemoteNginx& app_a() { return *app_a_; }
    RemoteNginx& app_b() { return *app_b_; }

  private:
    std::unique_ptr<RemoteNginx> app_a_, app_b_;
    std::unique_ptr<Haproxy> haproxy_;
};

void expect_no_failures(const LoadReport& report) {
    EXPECT_GT(report.requests, 0) << report.text;
    EXPECT_EQ(report.socket_errors, 0) << report.text;
    EXPECT_EQ(report.bad_answers, 0) << report.text;
}

TEST_F(RemoteHaproxyTest, RollingRestartFailsNoRequestOfNewClients) {
    const auto clients = start_clients("");
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0 && haproxy().chosen("webB") > 0; }));

    roll("webA", "bkpA", app_a());
    roll("webB", "bkpB", app_b());

    const long of_a = haproxy().chosen("webA");
    EXPECT_TRUE(eventually([&] { return haproxy().chosen("webA") > of_a; }));  // it has come back
    expect_no_failures(clients->report());
}

TEST_F(RemoteHaproxyTest, DrainIsSeenAsARefusedConnection) {
    flip("drain", "webA");

    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    EXPECT_EQ(haproxy().field("webA", "check_status"), "L4CON");
    EXPECT_GE(zdr().refused("webA"), 3);
    EXPECT_GT(zdr().redirected("webA"), 0);
}

TEST_F(RemoteHaproxyTest, DrainKeepsClientsWithACookieOnTheirServer) {
    const auto clients = start_clients("Cookie: SRV=A");
    ASSERT_TRUE(eventually([&] { return haproxy().chosen("webA") > 0; }));

    flip("drain", "webA");
    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));
    const long before = haproxy().chosen("bkpA");

    EXPECT_TRUE(eventually([&] { return haproxy().chosen("bkpA") > before; }));
    expect_no_failures(clients->report());
    EXPECT_EQ(haproxy().chosen("webB"), 0);
}

TEST_F(RemoteHaproxyTest, RepeatedLoadsKeepServersUp) {
    const auto clients = start_clients("");

    for (int i = 0; i < 5; ++i) ASSERT_EQ(zdr().load().status, 0);

    for (const char* name : {"webA", "webB"}) EXPECT_EQ(haproxy().field(name, "chkfail"), "0") << name;
    expect_no_failures(clients->report());
}

}  // namespace
}  // namespace zdr::test
