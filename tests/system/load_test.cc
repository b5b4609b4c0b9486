// load: installs, and may be repeated at any time: states and counts stay, and no connection meets a gap.
#include <atomic>
#include <filesystem>
#include <regex>
#include <thread>
#include <vector>

#include "support/app.h"
#include "support/deadline.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using LoadTest = SystemTest;

// Connects again and again on a thread of its own, one connection a millisecond or so, and counts those that do not
// arrive.
class Prober {
  public:
    Prober(std::string ip, std::uint16_t port, std::string expected)
        : thread_([this, ip = std::move(ip), port, expected = std::move(expected)] {
              while (!stop_) {
                  const std::string answer = ask(ip, port);
                  if (answer != expected) ++failures_;
                  ++attempts_;
                  std::this_thread::sleep_for(std::chrono::milliseconds(1));
              }
          }) {}
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;
    ~Prober() { stop(); }

    void stop() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
    }
    int failures() const { return failures_; }
    int attempts() const { return attempts_; }

  private:
    std::atomic<bool> stop_{false};
    std::atomic<int> failures_{0};
    std::atomic<int> attempts_{0};
    std::thread thread_;
};

// That the text has all of these lines' beginnings, one after the other.
void expect_steps(const std::string& text, const std::vector<std::string>& steps) {
    std::size_t at = 0;
    for (const std::string& step : steps) {
        const std::size_t found = text.find("zdr-loader: " + step, at);
        ASSERT_NE(found, std::string::npos) << step << " is not said, or not in its turn:\n" << text;
        at = found + 1;
    }
}

TEST_F(LoadTest, SaysEachStepInOrderOnlyWhenAsked) {
    zdr().configure(kWebA);

    const Output first = run(zdr().load_command() + Command{"-v"});
    const Output second = run(zdr().load_command() + Command{"-v"});
    const Output quiet = zdr().load();
    const Output checked = run(zdr().loader({"check", "-v"}));
    const Output unloaded = run(zdr().loader({"unload", "-v"}));

    EXPECT_EQ(first.status, 0);
    EXPECT_EQ(first.out, "");
    expect_steps(first.err,
                 {"found cgroup " + sandbox().cgroup(), "mounted and locked " + sandbox().state_dir(),
                  "loaded the programs", "pinned the maps", "pinned the iterators", "attached sockops",
                  "attached bind6", "registered what listens", "attached lookup", "proved the redirect",
                  "wrote the servers: 1 added, 0 changed, 0 removed, 0 unchanged", "committed", "added webA"});
    EXPECT_EQ(second.status, 0);
    EXPECT_EQ(second.out, "");
    expect_steps(second.err, {"found cgroup", "locked", "loaded the programs", "pinned the iterators",
                              "updated connect4", "updated lookup", "proved the redirect", "committed",
                              "wrote the servers: 0 added, 0 changed, 0 removed, 1 unchanged"});
    EXPECT_EQ(quiet.status, 0);
    EXPECT_EQ(quiet.err.find("found cgroup"), std::string::npos) << quiet.err;
    EXPECT_EQ(unloaded.status, 0);
    expect_steps(checked.err, {"made the cgroup", "attached "});
    EXPECT_EQ(unloaded.err.find("kept the states"), std::string::npos) << "no server starts as last";
    expect_steps(unloaded.err, {"removed the hooks", "unmounted " + sandbox().state_dir(), "removed what was"});
}

TEST_F(LoadTest, SaysInOneLineWhatItDid) {
    const auto says = [&](const std::string& config, const std::string& line) {
        zdr().configure(config);
        const Output output = zdr().load();
        EXPECT_EQ(output.out, "");
        EXPECT_EQ(output.err, "zdr-loader: " + line + "\n");
    };
    const std::string group = "group = root\n";
    const std::string a = "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\n";
    const std::string b = "[server.webB]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2001\n";
    const App app("app", "127.0.0.1", 1000);

    says(group + a + b, "2 servers");
    says(group + a + b, "2 servers");
    says(group + a + "fall = 5\n", "1 server, 1 changed: webA, 1 removed: webB");
    says(group + a + "fall = 5\n" + b, "2 servers, 1 added: webB");
    says(group, "0 servers, 2 removed: webA, webB");
}

TEST_F(LoadTest, WarnsOfWhatDoctorWouldCallAProblem) {
    zdr().configure(
        "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 40000\n"
        "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\nstart = drain\n"
        "[server.webC]\naddress = 192.0.2.1\nport = 1002\nstatus-port = 2002\n");

    const Output output = zdr().load();

    EXPECT_EQ(output.status, 0);
    EXPECT_NE(output.err.find("zdr-loader: nothing listens on the app port of webA: "), std::string::npos)
        << output.err;
    EXPECT_NE(output.err.find("zdr-loader: status port 40000 is in the ephemeral range "), std::string::npos)
        << output.err;

    const App app("app", "127.0.0.1", 1000);
    const Output again = zdr().load();
    EXPECT_EQ(again.err.find("nothing listens"), std::string::npos) << again.err;
}

TEST_F(LoadTest, WithoutServersWorks) {
    load("# nothing yet\n");

    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "");
    unload();
    expect_nothing_left();
}

// How long ago a checker asked is another number each time.
// Whether a checker counts is a matter of its age, too.
std::string without_ages(const std::string& status) {
    return std::regex_replace(status, std::regex("\"(last_seen_ms|counts)\": [0-9a-z]+"), "");
}

TEST_F(LoadTest, AgainKeepsStatesAndCounts) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    ask("127.0.0.1", 2000);
    flip("drain", "webA", {"--reason", "release 42"});
    ask("127.0.0.1", 2000);
    const std::string before = without_ages(zdr().status());

    load(kWebA);

    EXPECT_EQ(without_ages(zdr().status()), before);
    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(zdr().redirected("webA"), 1);
    EXPECT_EQ(zdr().refused("webA"), 1);
}

TEST_F(LoadTest, AgainReplacesThePrograms) {
    load(kWebA);
    const std::size_t before = kernel_objects(sandbox()).size();
    const PinnedObjects pinned(sandbox());
    const std::size_t kept = pinned.count() - 6;  // all but the six programs

    load(kWebA);

    EXPECT_TRUE(eventually([&] { return kernel_objects(sandbox()).size() == before; }));
    EXPECT_GE(kept, pinned.remaining().size() - 1);  // one more map may live on: the programs' constants
}

TEST_F(LoadTest, RepeatedThirtyTimesFailsNoConnection) {
    load(std::string(kWebA) + "[server.webB]\naddress = ::1\nport = 1001\nstatus-port = 2001\n");
    const App app("four", "127.0.0.1", 1000);
    const App app6("six", "::1", 1001);
    Prober four("127.0.0.1", 2000, "four");
    Prober six("::1", 2001, "six");

    for (int i = 0; i < 30; ++i) ASSERT_EQ(zdr().load().status, 0);
    four.stop();
    six.stop();

    EXPECT_EQ(four.failures(), 0);
    EXPECT_EQ(six.failures(), 0);
    EXPECT_GT(four.attempts(), 30);
    EXPECT_EQ(zdr().redirected("webA"), four.attempts());
    EXPECT_EQ(zdr().redirected("webB"), six.attempts());
}

TEST_F(LoadTest, RepeatedLetsNoConnectionThroughADrain) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    flip("drain", "webA");
    Prober prober("127.0.0.1", 2000, "ECONNREFUSED");

    for (int i = 0; i < 10; ++i) ASSERT_EQ(zdr().load().status, 0);
    prober.stop();

    EXPECT_EQ(prober.failures(), 0);
    EXPECT_EQ(app.accepted(), 0);
    EXPECT_EQ(zdr().refused("webA"), prober.attempts());
}

TEST_F(LoadTest, RepeatedWithOtherServersFailsNoConnectionToThoseThatStay) {
    const std::string other = "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\n";
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    Prober prober("127.0.0.1", 2000, "app");

    for (int i = 0; i < 10; ++i) {
        zdr().configure(i % 2 == 0 ? other + std::string(kWebA) : std::string(kWebA));
        ASSERT_EQ(zdr().load().status, 0);
    }
    prober.stop();

    EXPECT_EQ(prober.failures(), 0);
    EXPECT_GT(prober.attempts(), 10);
}

TEST_F(LoadTest, MovesToAnotherCgroup) {
    const std::string inner = sandbox().cgroup() + "/inner";
    ASSERT_TRUE(std::filesystem::create_directory(inner));
    const App app("app", "127.0.0.1", 1000);
    zdr().configure(kWebA);
    const Command load_inner{ZdrPrograms::loader_path(), "load",     "-c", zdr().config(), "--state-dir",
                             sandbox().state_dir(),      "--cgroup", inner};
    ASSERT_EQ(run(load_inner).status, 0);
    // Neither this process nor the app is in that cgroup: the look-up serves it as another host, and nobody counts.
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    EXPECT_EQ(zdr().redirected("webA"), 0);

    load(kWebA);
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    EXPECT_NE(zdr().status().find("\"" + sandbox().cgroup() + "\""), std::string::npos);
    EXPECT_EQ(zdr().redirected("webA"), 1);

    ASSERT_EQ(run(load_inner).status, 0);
    EXPECT_NE(zdr().status().find("\"" + inner + "\""), std::string::npos);

    unload();
    std::filesystem::remove(inner);
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
