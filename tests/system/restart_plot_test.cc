// zdrctl restart --plot: the picture has what a real HAProxy has counted, and is there however the restart ends.
#include <csignal>
#include <filesystem>
#include <regex>

#include "restart_world.h"
#include "support/deadline.h"
#include "support/load.h"
#include "zdr/base/text_file.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kClients = "http://127.0.0.1:8080/";
constexpr const char* kLines[] = {"webA", "bkpA", "webB", "bkpB"};

class RestartPlotTest : public RestartTest {
  protected:
    std::string file() const { return sandbox().directory() + "/restart.svg"; }
    std::string picture() const { return read_text_file(file()).value_or(""); }
    Command with_plot(const Command& names) const {
        return names + Command{"--haproxy", sandbox().directory() + "/haproxy.sock", "--plot", file()};
    }

    // A restart whose command begins, and ends once it is told to.
    Command paused_restart() const {
        const Command waits{"sh", "-c", "cd $0; touch begun; until [ -e go ]; do sleep 0.05; done; \"$@\"",
                            sandbox().directory()};
        return restart_with(with_plot({"webA"}), waits + Service::restart_command(sandbox().directory()));
    }
    bool has_begun() const {
        return eventually([&] { return std::filesystem::exists(sandbox().directory() + "/begun"); });
    }
    void let_go() const { must_run({"touch", sandbox().directory() + "/go"}); }

    // Requests for a second, from who has a cookie and who has none; each is answered.
    void serve_some() const {
        Load strangers(sandbox().directory(), kClients);
        Load known(sandbox().directory(), kClients, "Cookie: SRV=A");
        EXPECT_TRUE(eventually([&] { return haproxy().chosen("webB") > 300; }));
        expect_no_failures(strangers.report());
        expect_no_failures(known.report());
    }

    // What HAProxy has counted of a server.
    long counted(const std::string& server) const { return std::stol(haproxy().field(server, "req_tot")); }

    // The number at the end of a server's row; -1: it has none.
    long plotted(const std::string& server) const {
        const std::string svg = picture();
        const auto row = svg.find(">srvs/" + server + "</text>");
        std::smatch match;
        if (row == std::string::npos) return -1;
        const std::string rest = svg.substr(row + server.size() + 14);
        if (!std::regex_search(rest, match, std::regex(">([0-9,]+)</text>"))) return -1;
        return std::stol(std::regex_replace(match[1].str(), std::regex(","), ""));
    }

    void expect_well_formed() const {
        const Output said = run({"xmllint", "--noout", file()});
        EXPECT_EQ(said.status, 0) << said.err;
    }
};

TEST_F(RestartPlotTest, HasWhatHaproxyHasCounted) {
    start();
    Process restarts(paused_restart());
    ASSERT_TRUE(has_begun());

    serve_some();
    let_go();

    const Output output = restarts.wait();
    ASSERT_EQ(output.status, 0) << output.err;
    expect_well_formed();
    long all = 0;
    for (const char* server : kLines) {
        EXPECT_EQ(plotted(server), counted(server)) << server;
        all += counted(server);
    }
    EXPECT_GT(all, 300);
    EXPECT_TRUE(contains(output.err, "picture written to " + file())) << output.err;
    const std::string svg = picture();
    for (const char* text : {">drain webA", "<title>drain: ", "<title>COMMAND: ", "<title>UP: ", "<title>DOWN: "})
        EXPECT_TRUE(contains(svg, text)) << text;
}

TEST_F(RestartPlotTest, CountsOnWhereHaproxyIsReloaded) {
    start();
    Process restarts(paused_restart());
    ASSERT_TRUE(has_begun());
    serve_some();
    std::vector<long> before;
    for (const char* server : kLines) before.push_back(counted(server));
    // The last answer before the reload has to be heard.
    ASSERT_EQ(run({"sleep", "1"}).status, 0);

    ASSERT_NO_FATAL_FAILURE(reload_haproxy());
    serve_some();
    let_go();

    const Output output = restarts.wait();
    ASSERT_EQ(output.status, 0) << output.err;
    expect_well_formed();
    for (std::size_t i = 0; i < std::size(kLines); ++i)
        EXPECT_EQ(plotted(kLines[i]), before[i] + counted(kLines[i])) << kLines[i];
}

TEST_F(RestartPlotTest, OfAFailureIsThereToo) {
    start();

    const Output output = run(restart_with(with_plot({"webA"}), {"false"}));

    EXPECT_EQ(output.status, 1) << output.err;
    expect_well_formed();
    EXPECT_TRUE(contains(picture(), ">stopped: webA: false exited 1; out: webA")) << picture();
    std::smatch failed;
    const std::string svg = picture();
    ASSERT_TRUE(std::regex_search(svg, failed, std::regex("<title>failed: ([0-9.]+) s to ([0-9.]+) s<"))) << svg;
    EXPECT_GE(std::stod(failed[2]) - std::stod(failed[1]), 1.9) << svg;
}

TEST_F(RestartPlotTest, OfAnInterruptIsThereToo) {
    start();
    Process restarts(paused_restart());
    ASSERT_TRUE(has_begun());

    restarts.signal(SIGINT);

    EXPECT_NE(restarts.wait().status, 0);
    expect_well_formed();
    EXPECT_TRUE(contains(picture(), ">stopped: interrupted")) << picture();
}

// When all are ready it still looks for two seconds.
TEST_F(RestartPlotTest, OfAnInterruptAtItsEndIsThereTooAndTheExitStatusSaysSo) {
    start();
    Process restarts(restart(with_plot({"webA"})));
    ASSERT_TRUE(eventually([&] { return contains(restarts.standard_error(), "webA: ready after "); }));

    restarts.signal(SIGINT);

    const Output output = restarts.wait();
    EXPECT_EQ(output.status, 130) << output.err;
    EXPECT_TRUE(contains(output.err, "all is done, but: interrupted")) << output.err;
    expect_well_formed();
    EXPECT_TRUE(contains(picture(), "<title>ready: ")) << picture();
}

TEST_F(RestartPlotTest, NothingIsDrainedWhereNoneCanBeMade) {
    start();
    const auto expect_nothing_done = [&](const Command& options, const std::string& why) {
        const Output output = run(restart(Command{"webA"} + options));
        EXPECT_EQ(output.status, 2) << output.err;
        EXPECT_TRUE(contains(output.err, why)) << output.err;
        EXPECT_TRUE(contains(zdr().status(), "\"since\":null") || contains(zdr().status(), "\"since\": null"));
    };
    const Command socket{"--haproxy", sandbox().directory() + "/haproxy.sock"};

    expect_nothing_done(socket + Command{"--plot", "/proc/restart.svg"},
                        "--plot: create a file beside /proc/restart.svg: ");
    expect_nothing_done(socket + Command{"--plot", sandbox().directory()}, " is no regular file");
    expect_nothing_done(socket + Command{"--plot", "/nowhere/restart.svg"}, "open /nowhere/: No such file");
    expect_nothing_done(socket + Command{"--dry-run", "--plot", file()}, "--dry-run has no --plot");
    expect_nothing_done({"--plot", file()}, "--plot asks HAProxy's socket, and knows of none: give --haproxy SOCKET");
    EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(RestartPlotTest, TheSocketOfTheConfigurationIsAsked) {
    start("haproxy = " + sandbox().directory() + "/haproxy.sock\n" + std::string(kTwoPortServers));

    const Output output = run(restart({"webA", "--json", "--plot", file()}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(last_event(output)["error"].is_null()) << output.out;
    expect_well_formed();
    EXPECT_EQ(plotted("webA"), 0);
}

}  // namespace
}  // namespace zdr::test
