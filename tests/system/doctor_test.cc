// zdrctl doctor on a real host: the real zdr, HAProxy and listeners. Each finding is caused, and seen; and healthy ones
// have none.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "support/app.h"
#include "support/haproxy.h"
#include "support/namespace.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

// HAProxy checks more often than that: nobody falls silent on a slow machine.
const std::string kServers =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\nbackend = srvs\n"
    "inter = 1s\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\ninter = 1s\n";
const std::string kLines =
    "    option redispatch\n"
    "    default-server inter 100\n"
    "    server webA 127.0.0.1:1000 cookie A check port 2000\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 backup\n"
    "    server bkpB 127.0.0.1:1001 cookie B check port 1001 backup\n"
    "    load-server-state-from-file local\n";

class DoctorTest : public SystemTest {
  protected:
    void start_apps() {
        app_a_ = std::make_unique<App>("webA", "127.0.0.1", 1000);
        app_b_ = std::make_unique<App>("webB", "0.0.0.0", 1001);
    }
    void stop_app_a() { app_a_.reset(); }
    void start_haproxy(const std::string& lines = kLines) {
        haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, lines);
        for (const char* name : {"webA", "webB", "bkpA"}) ASSERT_TRUE(haproxy_->shows(name, "UP")) << name;
    }
    void start() {
        load(kServers);
        start_apps();
        start_haproxy();
    }
    std::string config() const { return sandbox().directory() + "/haproxy.cfg"; }
    std::string socket() const { return sandbox().directory() + "/haproxy.sock"; }
    std::string written(const std::string& text) const {
        const std::string path = sandbox().directory() + "/other.cfg";
        std::ofstream(path) << text;
        return path;
    }
    Output doctor(const Command& arguments = {}) const { return run(zdr().ctl(Command{"doctor", "-q"} + arguments)); }

    void expect_healthy(const Output& output) const {
        EXPECT_EQ(output.status, 0) << output.out;
        EXPECT_EQ(output.err, "");
        EXPECT_TRUE(output.out.starts_with("no problems found\nlooked at: ")) << output.out;
        EXPECT_EQ(output.out.find("not looked at"), std::string::npos) << output.out;
    }
    // That it found this, and nothing else.
    void expect_problem(const Output& output, const std::string& first_line) const {
        EXPECT_EQ(output.status, 1);
        EXPECT_TRUE(output.out.starts_with(first_line + "\n  why: ")) << output.out;
        EXPECT_NE(output.err.find(": 1 problem was found\n"), std::string::npos) << output.err << output.out;
    }

  private:
    std::unique_ptr<App> app_a_, app_b_;
    std::unique_ptr<Haproxy> haproxy_;
};

TEST_F(DoctorTest, OfAHealthyHostAndItsHaproxyFindsNothing) {
    start();

    expect_healthy(doctor());
    expect_healthy(doctor({"--haproxy", socket()}));
    expect_healthy(doctor({config()}));
    expect_healthy(doctor({config(), "--haproxy", socket()}));
}

// Those of the classic way, which somebody has left there.
TEST_F(DoctorTest, ARuleThatRedirectsAStatusPortIsFound) {
    start();
    const std::string found =
        "webA: a rule of the firewall gives connections to its status port 2000 another destination";
    for (const char* table : {"iptables-legacy", "iptables-nft"}) {
        const auto rule = [&](const char* what) {
            must_run({table, "-t", "nat", what, "PREROUTING", "-p", "tcp", "--dport", "2000", "-j", "REDIRECT",
                      "--to-ports", "1000"});
        };
        rule("-A");
        expect_problem(doctor(), found);
        rule("-D");
        expect_healthy(doctor());
    }
}

TEST_F(DoctorTest, WhoeverListensOnAStatusPortIsNamed) {
    const Attempt squatter = listen_on("0.0.0.0", 2000);
    std::string allowed = kServers;
    allowed.insert(allowed.find("[server.webB]"), "replace-listener = yes\n");
    load(allowed);
    start();

    expect_problem(doctor(), "webA: something listens on its status port 2000 (system_tests, process " +
                                 std::to_string(getpid()) + ")");
}

TEST_F(DoctorTest, AnAppThatIsGoneIsFound) {
    start();
    stop_app_a();

    expect_problem(doctor(), "webA: nothing listens on its app port 1000 of 127.0.0.1");
}

TEST_F(DoctorTest, AnAppOutsideOfTheCgroupIsFound) {
    const std::string inner = sandbox().cgroup() + "/inner";
    ASSERT_TRUE(std::filesystem::create_directory(inner));
    const App app("app", "0.0.0.0", 1000);
    zdr().configure("cgroup = " + inner +
                    "\n[server.webA]\naddress = *\nport = 1000\nstatus-port = 2000\ninter = 50ms\n");
    ASSERT_EQ(
        run({ZdrPrograms::loader_path(), "load", "-c", zdr().config(), "--state-dir", sandbox().state_dir()}).status,
        0);
    const std::string found = "webA: its app (system_tests, process " + std::to_string(getpid()) +
                              ") is outside of the cgroup that the hooks are attached to\n";

    const std::string outside = doctor().out;
    EXPECT_TRUE(contains(outside, found)) << outside;

    load("[server.webA]\naddress = *\nport = 1000\nstatus-port = 2000\ninter = 50ms\n");
    const std::string inside = doctor().out;
    EXPECT_FALSE(contains(inside, found)) << inside;

    unload();
    std::filesystem::remove(inner);
}

TEST_F(DoctorTest, AServerThatHaproxyNeverChecksIsFoundAfterThreeIntervals) {
    load(kServers + "[server.webC]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2002\ninter = 200ms\n");
    start_apps();
    start_haproxy();

    expect_problem(doctor(), "webC: nobody checks its status port 2002");
    const Output compared = doctor({config()});
    EXPECT_NE(compared.out.find("webC: no server of " + config() + " checks its status port 2002\n"), std::string::npos)
        << compared.out;
}

TEST_F(DoctorTest, APortThatNoServerHasIsFoundInTheFileAndAtTheSocket) {
    load(kServers);
    start_apps();
    start_haproxy(kLines + "    server webC 127.0.0.1:1001 cookie C check port 2002\n");
    const std::string what =
        "HAProxy checks port 2002 of 127.0.0.1, which no server of zdr has, and where nothing listens";

    expect_healthy(doctor());
    expect_problem(doctor({"--haproxy", socket()}), "srvs/webC (HAProxy at " + socket() + "): " + what);
    expect_problem(doctor({config()}), "srvs/webC (" + config() + ":21): " + what);

    const Attempt its_own = listen_on("127.0.0.1", 2002);
    expect_healthy(doctor({"--haproxy", socket()}));
}

TEST_F(DoctorTest, ASocketOfHaproxyThatDoesNotAnswerIsFound) {
    start();

    expect_problem(doctor({"--haproxy", "/nowhere.sock"}),
                   "HAProxy at /nowhere.sock: gives no answer: connect: No such file or directory");
}

TEST_F(DoctorTest, ABackendWithoutAReadyServerIsFound) {
    start();
    flip("drain", "webA");
    expect_healthy(doctor());

    flip("drain", "webB");

    expect_problem(doctor(), "backend srvs: has no ready server (min-ready is 1; webA, webB)");
}

TEST_F(DoctorTest, AHookThatSomebodyRemovedIsFound) {
    start();

    ASSERT_EQ(run({"bpftool", "link", "detach", "pinned", sandbox().state_dir() + "/live/bind6"}).status, 0);

    expect_problem(doctor(), "hook cgroup at " + sandbox().cgroup() + ": was removed by somebody else");
}

TEST_F(DoctorTest, AStatusPortInTheEphemeralRangeIsFoundUntilTheRemedyIsApplied) {
    std::string servers = kServers;
    std::string lines = kLines;
    servers.replace(servers.find("2001"), 4, "40001");
    lines.replace(lines.find("port 2001"), 9, "port 40001");
    load(servers);
    start_apps();
    start_haproxy(lines);

    const Output output = doctor();
    expect_problem(output, "webB: status port 40001 is in the ephemeral range 32768-60999");

    const auto at = output.out.find("sysctl ");
    const std::string remedy = output.out.substr(at, output.out.find(',', at) - at);
    ASSERT_EQ(remedy, "sysctl net.ipv4.ip_local_reserved_ports=40001");
    std::ofstream("/proc/sys/net/ipv4/ip_local_reserved_ports") << remedy.substr(remedy.find('=') + 1) << "\n";
    expect_healthy(doctor());
}

TEST_F(DoctorTest, ARestartThatWasKilledIsANote) {
    start();
    Process restart(zdr().ctl({"restart", "webA"}) + Command{"--", "sleep", "60"});
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") != "ready"; })) << restart.standard_error();
    restart.signal(SIGKILL);
    restart.wait();
    const Output output = doctor();

    EXPECT_EQ(output.status, 0) << output.out;
    EXPECT_TRUE(output.out.starts_with("note: webA: the restart that put it into ")) << output.out;
}

TEST_F(DoctorTest, InAnotherNetworkNamespaceItSaysWhatItCannotSee) {
    start();
    const NetNamespace other;
    Output output;

    other.run([&] { output = doctor(); });

    EXPECT_EQ(output.status, 0) << output.out << output.err;
    EXPECT_NE(output.out.find("not looked at: listening sockets, addresses and the ephemeral range: zdr serves another "
                              "network namespace\n"),
              std::string::npos)
        << output.out;
}

TEST_F(DoctorTest, WithoutZdrTheFileAloneIsLookedAt) {
    expect_refusal(doctor(), 3);

    const Output output = doctor(
        {written("backend b\n load-server-state-from-file local\n server a 127.0.0.1:1 check port 2 disabled\n")});

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(output.out.starts_with("note: a (")) << output.out;
    EXPECT_NE(output.out.find("not looked at: this host: zdr is not loaded at"), std::string::npos) << output.out;
}

// HAProxy is the judge of what is valid: each of these is, and each has its finding.
TEST_F(DoctorTest, WhatItFindsInAFileHaproxyAccepts) {
    start();
    const auto with = [](std::string from, const std::string& to) {
        std::string lines = kLines;
        lines.replace(lines.find(from), from.size(), to);
        return "defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n"
               "frontend f\n    bind 127.0.0.1:8082\n    default_backend srvs\nbackend srvs\n"
               "    cookie SRV insert indirect nocache\n" +
               lines;
    };
    const std::vector<std::pair<std::string, std::string>> all = {
        {with("option redispatch", "no option redispatch"), "has cookies, but no \"option redispatch\""},
        {with("inter 100", "inter 100 on-marked-down shutdown-sessions"), "has \"on-marked-down shutdown-sessions\""},
        {with("port 2000", "port 2000 on-marked-up shutdown-backup-sessions"),
         "has \"on-marked-up shutdown-backup-sessions\""},
        {with("cookie A check port 3000", "cookie X check port 3000"), "has another cookie than its primary webA"},
        {with("cookie A check port 3000", "check port 3000"), "has no cookie, and its primary webA has"},
        {with("    server bkpB", "    #"), "has no backup twin"},
        {with("check port 3000", "track webA"), "goes down together with its primary webA"},
        {with("check port 3000", "check port 2000"), "goes down together with its primary webA"},
        {with("option redispatch", "option redispatch\n    option persist"), "has \"option persist\""},
        {with("check port 2001", "port 2001"), "has a check port, but no \"check\""},
        {with("option redispatch", "option redispatch\n    option tcp-check\n    tcp-check connect port 2000"),
         "has a check port, but line 13 says where checks go"},
        {with("inter 100", "inter 100 downinter 4s"),
         "HAProxy checks it every 4s while it is down, and zdr has downinter = 1s"},
        {with("inter 100", "fall 4"), "HAProxy takes it out after 4 refused checks, and zdr has fall = 3"},
        {with("port 2000", "port 2007"), "HAProxy checks port 2007, but its status port is 2000"},
        {with("port 3000", "port 1000"), "checks its backup status port 3000"},
        {with("port 2001", "port 2001 disabled"), "is disabled in HAProxy"},
        {with("    load-server-state-from-file local\n", ""), "forgets at a reload which servers are down"},
        {with("port 2000", "port 2000 ssl verify none") + "    option httpchk GET /\n",
         "is checked in the clear, though its traffic is encrypted"},
        {with("", "") + "    tcp-check connect port 9\n", "has a rule \"tcp-check connect\" that HAProxy ignores"},
        {with("", "") + "    server again 127.0.0.1:1000 check port 2000\n",
         "2 servers of HAProxy check its port, and zdr has checks = 1"},
        {with("", "") + "backend api\n    server webA 127.0.0.1:1000 check port 2000\n",
         "HAProxy has it in backend api, too, and zdr has not"},
        {with("", "") + "listen l\n    bind 127.0.0.1:2000\n", "its status port 2000 carries traffic of HAProxy's own"},
    };
    ASSERT_EQ(run({"haproxy", "-c", "-q", "-f", written(with("", ""))}).status, 0);
    expect_healthy(doctor({written(with("", ""))}));
    for (const auto& [text, what] : all) {
        ASSERT_EQ(run({"haproxy", "-c", "-q", "-f", written(text)}).status, 0) << text;

        const Output output = doctor({written(text)});

        EXPECT_NE(output.out.find(what), std::string::npos) << what << "\n" << output.out;
    }
}

}  // namespace
}  // namespace zdr::test
