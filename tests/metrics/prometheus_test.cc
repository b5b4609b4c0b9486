// What packaging/ has for Prometheus, in use: the unit's own command writes what the real zdrctl says, the real
// node_exporter and HAProxy's own exporter are scraped by a real Prometheus, and that answers the dashboard and the
// alerts.
#include "metrics/prometheus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <sstream>

#include "metrics/dashboard.h"
#include "support/app.h"
#include "support/haproxy.h"
#include "support/system_test.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

const std::string kNode = "127.0.0.1:9100";
const std::string kBalancer = "127.0.0.1:8405";

// webA is taken out, webB is checked more often than zdr.conf says, webC has no app. HAProxy checks all twice in a
// second.
const std::string kServers =
    "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\nbackup-status-port = 3000\nbackend = srvs\n"
    "inter = 500ms\n"
    "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nbackend = srvs\ninter = 2s\n"
    "[server.webC]\naddress = 127.0.0.1\nport = 1002\nstatus-port = 2002\nbackend = srvs\ninter = 500ms\n";
const std::string kLines =
    "    default-server inter 500\n"
    "    server webA 127.0.0.1:1000 cookie A check port 2000\n"
    "    server webB 127.0.0.1:1001 cookie B check port 2001\n"
    "    server webC 127.0.0.1:1002 cookie C check port 2002\n"
    "    server bkpA 127.0.0.1:1000 cookie A check port 3000 backup\n"
    "frontend metrics\n"
    "    bind 127.0.0.1:8405\n"
    "    http-request use-service prometheus-exporter\n";

std::string read_file(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    EXPECT_FALSE(out.str().empty()) << path;
    return out.str();
}

class PrometheusTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        load(kServers);
        app_a_ = std::make_unique<App>("webA", "127.0.0.1", 1000);
        app_b_ = std::make_unique<App>("webB", "127.0.0.1", 1001);
        haproxy_ = std::make_unique<Haproxy>(sandbox().directory(), 8080, kLines);
        ASSERT_TRUE(haproxy_->shows("webA", "UP"));
        ASSERT_TRUE(haproxy_->shows("webB", "UP"));
        ASSERT_TRUE(haproxy_->shows("webC", "DOWN"));
        std::filesystem::create_directory(textfiles());
        begin_to_write();
        exporter_ = std::make_unique<Process>(
            Command{"prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                    "--collector.textfile.directory=" + textfiles(), "--web.listen-address=" + kNode});
        prometheus_ = std::make_unique<Prometheus>(sandbox().directory(), quick_rules(),
                                                   Prometheus::Targets{{"node", kNode}, {"haproxy", kBalancer}});
    }

    std::string textfiles() const { return sandbox().directory() + "/textfiles"; }
    const Prometheus& prometheus() const { return *prometheus_; }
    Haproxy& haproxy() { return *haproxy_; }

    // As the timer has it, but more often.
    void begin_to_write() {
        writer_ = std::make_unique<Process>(Command{"env", "-C", textfiles(), "ZDR_STATE_DIR=" + sandbox().state_dir(),
                                                    "bash", "-c", "while :; do sh -c \"$0\"; sleep 0.3; done",
                                                    unit_command()});
    }
    void stop_writing() { writer_.reset(); }
    void start_app_c() { app_c_ = std::make_unique<App>("webC", "127.0.0.1", 1002); }
    void stop_haproxy() { haproxy_.reset(); }

    // Whether exactly these alerts come to fire.
    void expect_firing(const std::vector<std::string>& wanted) const {
        std::vector<std::string> got;
        const bool done = eventually([&] {
            got = prometheus().firing("server");
            return got == wanted;
        });
        EXPECT_TRUE(done) << testing::PrintToString(got) << " rather than " << testing::PrintToString(wanted);
    }
    bool is_firing(const std::string& alert) const {
        const auto all = prometheus().firing("server");
        return std::find(all.begin(), all.end(), alert) != all.end();
    }

  private:
    // That of ExecStart in the unit, for the zdrctl that is tested.
    static std::string unit_command() {
        const std::string unit = read_file(ZDR_PACKAGING "/systemd/zdr-metrics.service.in");
        std::smatch found;
        if (!std::regex_search(unit, found, std::regex("\nExecStart=/bin/sh -c '([^\n]*)'\n")))
            throw std::runtime_error("the unit has no ExecStart=/bin/sh -c");
        std::string out = std::regex_replace(found[1].str(), std::regex(R"(\$\$)"), "$$");
        return std::regex_replace(out, std::regex("@CMAKE_INSTALL_FULL_BINDIR@/zdrctl"), ZdrPrograms::ctl_path());
    }

    // The rules as they are, but that fire at once, and for what is less old.
    std::string quick_rules() const {
        std::string rules = read_file(ZDR_PACKAGING "/prometheus/zdr.rules.yml");
        rules = std::regex_replace(rules, std::regex("for: [0-9]+[sm]\n"), "for: 0s\n");
        rules = std::regex_replace(rules, std::regex("> 3600\n"), "> 2\n");
        rules = std::regex_replace(rules, std::regex("> 120\n"), "> 3\n");
        const std::string path = sandbox().directory() + "/zdr.rules.yml";
        std::ofstream(path) << rules;
        return path;
    }

    std::unique_ptr<App> app_a_, app_b_, app_c_;
    std::unique_ptr<Haproxy> haproxy_;
    std::unique_ptr<Process> writer_;
    std::unique_ptr<Process> exporter_;
    std::unique_ptr<Prometheus> prometheus_;
};

// What each panel shows, by its legend.
using Shown = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> of(const std::vector<std::string>& servers, const std::string& more = "") {
    std::vector<std::string> out;
    for (const std::string& server : servers) out.push_back(server + " at " + kNode + more);
    return out;
}

Shown expected(const std::string& cgroup) {
    const std::vector<std::string> all = of({"webA", "webB", "webC"});
    const std::string haproxy_of_a = "haproxy of webA at " + kNode + ", port ";
    const std::vector<std::string> checkers = {haproxy_of_a + "2000", haproxy_of_a + "3000",
                                               "haproxy of webB at " + kNode + ", port 2001"};
    Shown out = {
        {"$instance", {kNode}},
        {"$server", {"webA", "webB", "webC"}},
        {"zdr", {kNode}},
        {"Servers that are out", {kNode}},
        {"Hooks that are missing", {kNode}},
        {"Age of these metrics", {kNode}},
        {"States", all},
        {"HAProxy's servers", {"srvs/webA of " + kBalancer, "srvs/webB of " + kBalancer, "srvs/webC of " + kBalancer}},
        {"Down in HAProxy, and not drained", {"srvs/webC of " + kBalancer}},
        {"Out for", of({"webA"})},
        {"Leases end in", of({"webA"})},
        {"Checks that reached the app", all},
        {"Checks that were refused", all},
        {"Sessions of the apps", {}},
        {"Apps", all},
        {"Time between two checks", checkers},
        {"Since the last check", checkers},
        {"Answers in a row", {}},
        {"Checkers that a flip waits for", all},
        {"Hooks", {"cgroup  at " + cgroup + " of " + kNode, "sk_lookup  at netns of " + kNode}},
        {"Versions", {std::string(ZDR_VERSION) + ", ABI " + std::to_string(ZDR_ABI_VERSION) + ", at " + kNode}},
    };
    for (const std::string server : {"webA", "webB", "webC"}) {
        out["Time between two checks"].push_back(server + " at " + kNode + ", by zdr.conf");
        for (const std::string state : {"active", "idle"})
            out["Sessions of the apps"].push_back(server + " at " + kNode + ", " + state);
    }
    for (const std::string& checker : checkers)
        for (const std::string answer : {"refused", "reached the app"})
            out["Answers in a row"].push_back(checker + ", " + answer);
    for (auto& [panel, legends] : out) std::sort(legends.begin(), legends.end());
    return out;
}

TEST_F(PrometheusTest, EveryQueryOfTheDashboardHasItsSeries) {
    const Output drained = run(zdr().ctl({"drain", "webA", "--ttl", "1h"}));
    ASSERT_EQ(drained.status, 0) << drained.err;
    const Shown wanted = expected(sandbox().cgroup());
    const auto queries = read_dashboard(ZDR_PACKAGING "/grafana/zdr.json");

    Shown shown;
    const bool is_complete = eventually([&] {
        shown.clear();
        for (const DashboardQuery& query : queries)
            for (const Series& series : prometheus().query(query.text))
                shown[query.panel].push_back(expand_legend(query.legend, series));
        for (auto& [panel, legends] : shown) std::sort(legends.begin(), legends.end());
        return shown == wanted;
    });

    EXPECT_TRUE(is_complete);
    for (const auto& [panel, legends] : wanted) EXPECT_EQ(shown[panel], legends) << panel;
    for (const auto& [panel, legends] : shown) EXPECT_TRUE(wanted.contains(panel)) << panel;
}

// Of the panels whose numbers are known: the value, by legend.
TEST_F(PrometheusTest, ThePanelsShowWhatIsSo) {
    ASSERT_EQ(run(zdr().ctl({"drain", "webA", "--ttl", "1h"})).status, 0);
    const std::map<std::string, std::map<std::string, double>> wanted = {
        {"zdr", {{kNode, 1}}},
        {"Servers that are out", {{kNode, 1}}},
        {"Hooks that are missing", {{kNode, 0}}},
        {"States", {{"webA at " + kNode, 1}, {"webB at " + kNode, 0}, {"webC at " + kNode, 0}}},
        {"HAProxy's servers",
         {{"srvs/webA of " + kBalancer, 1}, {"srvs/webB of " + kBalancer, 0}, {"srvs/webC of " + kBalancer, 1}}},
        {"Apps", {{"webA at " + kNode, 1}, {"webB at " + kNode, 1}, {"webC at " + kNode, 0}}},
        {"Checkers that a flip waits for", {{"webA at " + kNode, 1}, {"webB at " + kNode, 1}, {"webC at " + kNode, 0}}},
    };

    for (const DashboardQuery& query : read_dashboard(ZDR_PACKAGING "/grafana/zdr.json")) {
        const auto found = wanted.find(query.panel);
        if (found == wanted.end()) continue;
        std::map<std::string, double> shown;
        EXPECT_TRUE(eventually([&] {
            shown.clear();
            for (const Series& series : prometheus().query(query.text))
                shown[expand_legend(query.legend, series)] = std::stod(series.value);
            return shown == found->second;
        })) << query.panel
            << testing::PrintToString(shown);
    }
}

TEST_F(PrometheusTest, EveryAlertIsEvaluatedAndFiresForWhatItIsAbout) {
    const std::string early = "ZdrCheckerEarly webB";
    expect_firing({early, "ZdrDownAndNotDrained webC", "ZdrNobodyChecks webC"});
    for (const AlertRule& rule : prometheus().rules()) {
        EXPECT_EQ(rule.health, "ok") << rule.name << ": " << rule.error;
        EXPECT_NO_THROW(prometheus().query(rule.query)) << rule.name;
    }

    // What is down because it is drained is no news, until it is left so.
    ASSERT_EQ(run(zdr().ctl({"drain", "webC", "--unchecked"})).status, 0);
    expect_firing({early, "ZdrLeftDrained webC"});
    ASSERT_EQ(run(zdr().ctl({"ready", "webC", "--no-wait"})).status, 0);
    expect_firing({early, "ZdrDownAndNotDrained webC", "ZdrNobodyChecks webC"});
    start_app_c();
    expect_firing({early});

    ASSERT_EQ(run(zdr().ctl({"drain", "webA", "--ttl", "10s", "--no-wait"})).status, 0);
    expect_firing({early, "ZdrLeaseEnds webA"});
    expect_firing({early});  // it is ready again, by itself
}

TEST_F(PrometheusTest, WhatIsWrongWithZdrItselfFires) {
    start_app_c();
    const std::string early = "ZdrCheckerEarly webB";
    expect_firing({early});

    must_run({"bpftool", "link", "detach", "pinned", sandbox().state_dir() + "/live/bind6"});
    expect_firing({early, "ZdrHookMissing "});
    load(kServers);
    expect_firing({early});

    stop_haproxy();
    EXPECT_TRUE(eventually([&] { return is_firing("ZdrCheckerLate webA"); }));
    EXPECT_TRUE(eventually([&] { return is_firing("ZdrNobodyChecks webA"); }));

    unload();
    expect_firing({"ZdrNotLoaded "});
    load(kServers);
    EXPECT_TRUE(eventually([&] { return !is_firing("ZdrNotLoaded "); }));
    stop_writing();
    EXPECT_TRUE(eventually([&] { return is_firing("ZdrMetricsOld "); }));
}

}  // namespace
}  // namespace zdr::test
