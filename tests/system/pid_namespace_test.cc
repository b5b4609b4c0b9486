// zdr and HAProxy in a PID namespace of their own, as in a system container: what the kernel counts of processes is not
// what they are called there.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/app.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

std::string line_of(const Command& command) {
    std::string out;
    for (const std::string& word : command) out += "'" + word + "' ";
    return out;
}

class PidNamespaceTest : public SystemTest {
  protected:
    // Lines of sh in a new PID namespace, with a HAProxy that has a master and checks webA.
    Output run_inside(const std::string& lines) const {
        std::ofstream(sandbox().directory() + "/haproxy.cfg")
            << "defaults\n    mode http\n    timeout connect 2s\n    timeout client 9s\n    timeout server 9s\n"
            << "listen srvs\n    bind 127.0.0.1:8080\n    server webA 127.0.0.1:1000 check port 2000 inter 200\n";
        const std::string all = "haproxy -W -db -f " + sandbox().directory() +
                                "/haproxy.cfg 2>/dev/null & master=$!\n" + "wait_for() { until grep -q \"$1\" <<E\n$(" +
                                line_of(zdr().ctl({"status", "webA"})) + ")\nE\ndo sleep 0.05; done; }\n" +
                                "worker() { pgrep -n -P $master; }\n" + lines +
                                "\nstatus=$?\nkill $master\nwait $master\nexit $status\n";
        return run({"unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", all}, 90s);
    }
    std::string ctl(const Command& arguments) const { return line_of(zdr().ctl(arguments)); }
};

TEST_F(PidNamespaceTest, CheckersAreNamedAsTheyAreThere) {
    const App app("app", "127.0.0.1", 1000);
    std::ofstream(zdr().config()) << kWebA << "inter = 200ms\n";

    const Output output =
        run_inside(line_of(zdr().load_command()) + "&& wait_for 'redirected [3-9] times' && worker && " +
                   ctl({"status", "webA", "--json"}));

    ASSERT_EQ(output.status, 0) << output.err;
    const std::size_t first_line = output.out.find('\n');
    const auto document = nlohmann::json::parse(output.out.substr(first_line + 1));
    EXPECT_EQ(document["servers"][0]["checkers"][0]["pid"].dump(), output.out.substr(0, first_line)) << output.out;
}

// The old process had been refused, and its last checks met no app, so the records have it silent since.
TEST_F(PidNamespaceTest, ReloadedHaproxyIsNotWaitedFor) {
    std::ofstream(zdr().config()) << kWebA << "inter = 200ms\n";
    std::ofstream(sandbox().directory() + "/app.cfg")
        << "defaults\n    mode http\n    timeout client 9s\nfrontend app\n"
        << "    bind 127.0.0.1:1000\n    http-request return status 200\n";
    const std::string start_app = "haproxy -db -f " + sandbox().directory() + "/app.cfg & app=$!\n";

    const Output output =
        run_inside(start_app + line_of(zdr().load_command()) + "&& wait_for 'redirected [3-9] times' && " +
                   ctl({"drain", "webA", "--timeout", "20s"}) + "&& kill $app && " +
                   ctl({"ready", "webA", "--no-wait"}) + "&& sleep 1 && old=$(worker) && kill -USR2 $master\n" +
                   "until [ \"$(worker)\" -gt \"$old\" ]; do sleep 0.05; done; sleep 1\n" + start_app +
                   ctl({"ready", "webA", "--timeout", "20s"}) + "\nresult=$?; kill $app; (exit $result)");

    EXPECT_EQ(output.status, 0) << output.out << output.err;
}

// A HAProxy beside it, in the namespace of the host, is a checker that nothing is known of but its checks.
TEST_F(PidNamespaceTest, CheckerOfAnotherNamespaceIsWaitedFor) {
    const App app("app", "127.0.0.1", 1000);
    std::ofstream(zdr().config()) << kWebA << "inter = 200ms\n";
    std::ofstream(sandbox().directory() + "/outside.cfg")
        << "defaults\n    mode http\n    timeout connect 2s\n    timeout client 9s\n    timeout server 9s\n"
        << "listen srvs\n    bind 127.0.0.1:8081\n    server webA 127.0.0.1:1000 check port 2000 inter 200 fall 9\n";
    const Process outside({"haproxy", "-db", "-f", sandbox().directory() + "/outside.cfg"});

    const Output output =
        run_inside(line_of(zdr().load_command()) + "&& wait_for 'redirected [3-9] times' && sleep 1 && " +
                   ctl({"drain", "webA", "--timeout", "20s"}) + "&& " + ctl({"status", "webA", "--json"}));

    ASSERT_EQ(output.status, 0) << output.err;
    const auto checkers = nlohmann::json::parse(output.out)["servers"][0]["checkers"];
    ASSERT_EQ(checkers.size(), 2) << output.out;
    for (const auto& checker : checkers) EXPECT_GE(checker["refused_streak"], 3) << output.out;
}

}  // namespace
}  // namespace zdr::test
