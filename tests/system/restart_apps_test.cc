// zdrctl restart with real app servers, each by its own way to restart: no client notices, the new process answers when
// it ends, and a release that does not start stops it at the first server.
#include <nlohmann/json.hpp>

#include "restart_apps_world.h"
#include "support/deadline.h"
#include "support/load.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

struct Way {
    const char* name;
    AppServer app;
    std::string line;
    Command options;
};

void PrintTo(const Way& way, std::ostream* out) {
    *out << way.name;
}

const std::string kOld = "old=$(cat pid); ";
const Command kKept = {"--keep-listener"};

std::vector<Way> ways() {
    return {
        {"GunicornStopStart", gunicorn(), kOld + "kill -TERM $old; " + kUntilGone + gunicorn().start, {}},
        {"GunicornHup", gunicorn(), "kill -HUP $(cat pid)", kKept},
        {"GunicornUsr2", gunicorn(),
         kOld + "kill -USR2 $old; while ! [ -e pid.2 ]; do sleep 0.02; done; kill -TERM $old", kKept},
        {"UwsgiStopStart", uwsgi(), kOld + "kill -QUIT $old; " + kUntilGone + uwsgi().start, {}},
        {"UwsgiDieOnTerm",
         uwsgi("--die-on-term"),
         kOld + "kill -TERM $old; " + kUntilGone + uwsgi("--die-on-term").start,
         {}},
        {"UwsgiHup", uwsgi(), "kill -HUP $(cat pid)", kKept},
        {"PumaStopStart", puma(), kOld + "kill -TERM $old; " + kUntilGone + puma().start, {}},
        {"PumaUsr2", puma(), "kill -USR2 $(cat pid)", kKept},
        {"PumaPhased", puma("-w 2"), "kill -USR1 $(cat pid)", kKept},
        {"UnicornStopStart", unicorn(), kOld + "kill -QUIT $old; " + kUntilGone + unicorn().start, {}},
        {"UnicornUsr2", unicorn(),
         kOld + "kill -USR2 $old; while ! [ -e pid.oldbin -a -s pid ]; do sleep 0.02; done; kill -QUIT $old", kKept},
        {"ApacheGraceful", apache(),
         "echo $NAME $(cat version) >htdocs/index.html; apache2 -f $PWD/apache.conf -k graceful", kKept},
        {"ApacheGracefulStopStart",
         apache(),
         kOld + "apache2 -f $PWD/apache.conf -k graceful-stop; " + kUntilGone + apache().start,
         {}},
        {"NginxStopStart", nginx(), kOld + "kill -QUIT $old; " + kUntilGone + nginx().start, {}},
        {"NginxHup", nginx(), nginx().files + "kill -HUP $(cat pid)", kKept},
        {"CaddyStopStart", caddy(), kOld + "kill -TERM $old; " + kUntilGone + caddy().start, {}},
        {"NodeStopStart", node_cluster(), kOld + "kill -TERM $old; " + kUntilGone + node_cluster().start, {}},
        {"NodeCluster", node_cluster(), "kill -HUP $(cat pid)", kKept},
        {"HaproxySf", haproxy_app(""), haproxy_app("").start + " -sf $(cat pid)", {}},
        {"HaproxyMasterWorker", haproxy_app("-W"), haproxy_app("-W").files + "kill -USR2 $(cat pid)", kKept},
    };
}

class AppServerWays : public AppServerTest, public testing::WithParamInterface<Way> {};

TEST_P(AppServerWays, RestartFailsNoRequestAndTheNewVersionAnswers) {
    start_apps(GetParam().app);
    Load strangers(sandbox().directory(), kBalancer, {.connections = 20, .pause = 5ms, .header = ""});
    Load known(sandbox().directory(), kBalancer, {.connections = 10, .pause = 5ms, .header = "Cookie: SRV=A"});
    release("2");

    const Output output = run(roll(GetParam().line, GetParam().options), 60s);

    EXPECT_EQ(output.status, 0) << output.err;
    for (Load* load : {&strangers, &known}) {
        const LoadReport report = load->report();
        EXPECT_GT(report.requests, 100) << report.text;
        EXPECT_EQ(report.socket_errors + report.bad_answers, 0) << report.text << output.err;
    }
    // Not before: puma lets a stranger wait while its threads have enough to do.
    EXPECT_EQ(answer(1000), "webA 2\n") << output.err;
    EXPECT_EQ(answer(1001), "webB 2\n") << output.err;
}

INSTANTIATE_TEST_SUITE_P(Each, AppServerWays, testing::ValuesIn(ways()),
                         [](const auto& way) { return std::string(way.param.name); });

// The roll has stopped at webA, and webB serves what it served.
void expect_stopped(const Output& output, const std::string& why) {
    EXPECT_NE(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, why)) << output.err;
    EXPECT_TRUE(contains(output.err, "untouched: webB")) << output.err;
}

TEST_F(AppServerTest, BrokenReleaseByHupStopsAtTheFirst) {
    start_apps(gunicorn());
    for (const char* name : {"webA", "webB"})
        ASSERT_EQ(run({"sh", "-c", "echo 'raise RuntimeError' >" + directory_of(name) + "/boot"}).status, 0);

    const Output output = run(roll("kill -HUP $(cat pid)", {"--keep-listener", "--timeout", "3s"}));

    expect_stopped(output, "webA: timed out after 3s: nothing listens on port 1000: the start failed");
    EXPECT_EQ(answer(1001), "webB 1\n");
    EXPECT_EQ(answer(8080), "webB 1\n");
}

TEST_F(AppServerTest, BrokenReleaseByStopAndStartIsRolledBack) {
    start_apps(gunicorn());
    for (const char* name : {"webA", "webB"})
        ASSERT_EQ(run({"sh", "-c", "echo 'raise RuntimeError' >" + directory_of(name) + "/boot"}).status, 0);
    const std::string back = "cd " + sandbox().directory() +
                             "/{name} && : >boot && NAME={name} PORT={port} && export NAME PORT && " + gunicorn().start;

    const Output output = run(roll("old=$(cat pid); kill -TERM $old; " + kUntilGone + gunicorn().start,
                                   {"--timeout", "3s", "--json", "--rollback", back}));

    expect_stopped(output, "; it was rolled back; rolled back: webA; untouched: webB");
    EXPECT_EQ(answer(1000), "webA 1\n");
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(haproxy().status("webA"), "UP");
    EXPECT_EQ(last_event(output)["results"][0],
              (nlohmann::json{{"name", "webA"}, {"result", "untouched"}, {"rolled_back", true}}));
}

TEST_F(AppServerTest, OldMasterThatStaysIsTold) {
    start_apps(gunicorn());

    const Output output = run(roll("kill -USR2 $(cat pid)", {"--keep-listener", "--timeout", "3s"}));

    expect_stopped(output, "the old app still serves port 1000 beside the new one: process ");
    EXPECT_TRUE(contains(output.err, "(gunicorn")) << output.err;
}

TEST_F(AppServerTest, PreForkServerIsWaitedForUntilItTakesConnections) {
    start_apps(gunicorn());
    Load strangers(sandbox().directory(), kBalancer, {.connections = 20, .pause = 5ms, .header = ""});
    for (const char* name : {"webA", "webB"})
        ASSERT_EQ(run({"sh", "-c", "echo 'import time; time.sleep(2)' >" + directory_of(name) + "/boot"}).status, 0);

    const Output output = run(roll("old=$(cat pid); kill -TERM $old; " + kUntilGone + gunicorn().start), 60s);

    EXPECT_EQ(output.status, 0) << output.err;
    const LoadReport report = strangers.report();
    EXPECT_EQ(report.socket_errors + report.bad_answers, 0) << report.text << output.err;
}

}  // namespace
}  // namespace zdr::test
