// Waiting for what HAProxy has noticed: drain, maint, ready and wait, held against HAProxy's own log and status.
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "restart_world.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/net.h"

namespace zdr::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

// What HAProxy logs of its servers, and when it arrived.
class HaproxyLog {
  public:
    explicit HaproxyLog(const std::string& directory) : path_(directory + "/log.sock") {
        socket_ = UniqueFd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof address.sun_path - 1);
        if (bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::system_error(errno, std::generic_category(), "bind " + path_);
        thread_ = std::thread([this] { read(); });
    }
    HaproxyLog(const HaproxyLog&) = delete;
    HaproxyLog& operator=(const HaproxyLog&) = delete;
    ~HaproxyLog() {
        shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
    }

    std::string directive() const { return "    log " + path_ + " local0 notice\n"; }
    // The times at which it said so of a server, in order.
    std::vector<Clock::time_point> times(const std::string& server, const std::string& word) const {
        const std::scoped_lock lock(mutex_);
        std::vector<Clock::time_point> out;
        for (const auto& [time, line] : lines_)
            if (line.find("Server srvs/" + server + " is " + word) != line.npos) out.push_back(time);
        return out;
    }

  private:
    void read() {
        char line[2048];
        for (;;) {
            const ssize_t size = recv(socket_.get(), line, sizeof line, 0);
            const auto now = Clock::now();
            if (size <= 0) return;
            const std::scoped_lock lock(mutex_);
            lines_.emplace_back(now, std::string(line, static_cast<std::size_t>(size)));
        }
    }

    std::string path_;
    UniqueFd socket_;
    mutable std::mutex mutex_;
    std::vector<std::pair<Clock::time_point, std::string>> lines_;
    std::thread thread_;
};

class WaitTest : public RestartTest {
  protected:
    Output ctl(const Command& arguments) const { return run(zdr().ctl(arguments)); }
    nlohmann::json server(std::size_t index) const { return nlohmann::json::parse(zdr().status())["servers"][index]; }
};

TEST_F(WaitTest, StatusShowsHaproxyAsTheCheckerOfBothPorts) {
    start();

    ASSERT_TRUE(eventually([&] {
        const auto checkers = server(0)["checkers"];
        return checkers.size() == 2 && checkers[0]["redirected_streak"] > 5 && checkers[1]["redirected_streak"] > 5;
    })) << zdr().status();
    const auto checkers = server(0)["checkers"];
    EXPECT_EQ(checkers[0]["from"], "haproxy");
    EXPECT_EQ(checkers[0]["hook"], "cgroup");
    EXPECT_EQ(checkers[0]["port"], 2000);
    EXPECT_EQ(checkers[1]["port"], 3000);
    EXPECT_GE(checkers[0]["interval_ms"], 100);
    EXPECT_EQ(checkers[0]["refused_streak"], 0);
}

// The times of 50 drains: never before HAProxy, and as a rule within one check interval (100 ms) after it. Medians,
// since the machine does other things too; the figures are printed.
TEST_F(WaitTest, DrainEndsWhenHaproxyHasTheServerDown) {
    HaproxyLog log(sandbox().directory());
    start(kTwoPortServers, log.directive() + kTwinLines);
    std::vector<milliseconds> late;

    for (std::size_t i = 0; i < 50; ++i) {
        const Output drained = ctl({"drain", "webA"});
        const auto returned = Clock::now();
        ASSERT_EQ(drained.status, 0) << drained.err;
        ASSERT_EQ(haproxy().status("webA"), "DOWN") << "drain " << i;
        ASSERT_TRUE(eventually([&] { return log.times("webA", "DOWN").size() == i + 1; }));
        const auto down = log.times("webA", "DOWN").back();
        ASSERT_LE(down, returned) << "drain " << i;
        late.push_back(std::chrono::duration_cast<milliseconds>(returned - down));
        const Output ready = ctl({"ready", "webA"});
        ASSERT_EQ(ready.status, 0) << ready.err;
        ASSERT_EQ(haproxy().status("webA"), "UP") << "ready " << i;
    }

    std::sort(late.begin(), late.end());
    RecordProperty("median_ms", static_cast<int>(late[25].count()));
    RecordProperty("longest_ms", static_cast<int>(late[49].count()));
    std::printf("drains returned after HAProxy's log: shortest %ld ms, median %ld ms, longest %ld ms\n",
                static_cast<long>(late[0].count()), static_cast<long>(late[25].count()),
                static_cast<long>(late[49].count()));
    EXPECT_LE(late[25], stretched(100ms));
}

TEST_F(WaitTest, MaintWaitsForTheTwinToo) {
    start();

    const Output output = ctl({"maint", "webA"});

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
    EXPECT_EQ(haproxy().status("bkpA"), "DOWN");
    EXPECT_EQ(ctl({"ready", "webA"}).status, 0);
    EXPECT_EQ(haproxy().status("webA"), "UP");
    EXPECT_EQ(haproxy().status("bkpA"), "UP");
}

TEST_F(WaitTest, NobodyAsksIsNotAYes) {
    load(kTwoPortServers);

    const Output output = ctl({"drain", "webA"});

    expect_refusal(output, 5);
    EXPECT_NE(output.err.find("nobody has checked webA; "), std::string::npos) << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(ctl({"drain", "webA", "--unchecked"}).status, 0);
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(WaitTest, TimeOutNamesWhoIsMissingAndKeepsTheState) {
    start();
    ASSERT_TRUE(eventually([&] { return server(0)["checkers"][0]["redirected_streak"] > 5; }));

    const Output output = ctl({"drain", "webA", "--timeout", "150ms"});

    EXPECT_EQ(output.status, 4);
    EXPECT_NE(output.err.find(fmt::format("haproxy (process {}) was refused ", haproxy().pid())), std::string::npos)
        << output.err;
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(WaitTest, InterruptNamesWhoIsMissingAndKeepsTheState) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 30s\n");
    const App app("app", "127.0.0.1", 1000);
    for (int i = 0; i < 3; ++i) ask("127.0.0.1", 2000);
    Process waits(zdr().ctl({"drain", "webA"}));
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") == "drain"; }));

    ASSERT_TRUE(eventually([&] { return waits.standard_error().find("was ready") != std::string::npos; }));
    waits.signal(SIGINT);

    const Output output = waits.wait();
    EXPECT_EQ(output.status, 130);
    EXPECT_NE(output.err.find("interrupted"), std::string::npos) << output.err;
    EXPECT_NE(output.err.find("was refused 0 of 3 times"), std::string::npos) << output.err;
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(WaitTest, CheckerThatStoppedIsNobody) {
    start();
    ASSERT_TRUE(eventually([&] { return server(0)["checkers"][0]["redirected_streak"] > 5; }));
    stop_haproxy();
    ASSERT_TRUE(eventually([&] { return server(0)["checkers"][0]["counts"] == false; }));

    const Output output = ctl({"drain", "webA"});

    expect_refusal(output, 5);
    EXPECT_NE(output.err.find("nobody has checked webA for "), std::string::npos) << output.err;
    EXPECT_NE(output.err.find("(the last was haproxy)"), std::string::npos) << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(WaitTest, CheckerThatFallsSilentIsToldAsWhatItIs) {
    start();
    ASSERT_TRUE(eventually([&] { return server(0)["checkers"][0]["redirected_streak"] > 5; }));
    Process waits(zdr().ctl({"drain", "webA", "--timeout", "2s"}));
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") == "drain"; }));
    stop_haproxy();

    const Output output = waits.wait();

    EXPECT_EQ(output.status, 4);
    EXPECT_NE(output.err.find("which has not asked for "), std::string::npos) << output.err;
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(WaitTest, ReadyByAnotherEndsTheWait) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 30s\n");
    Process waits(zdr().ctl({"drain", "webA", "--unchecked"}));
    ASSERT_TRUE(eventually([&] { return zdr().state("webA") == "drain"; }));

    flip("ready", "webA");

    const Output output = waits.wait();
    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.err.find("was made ready by root meanwhile"), std::string::npos) << output.err;
}

TEST_F(WaitTest, WaitWaitsForAnothersFlip) {
    start();
    Process waits(zdr().ctl({"wait", "webA", "--for", "drained"}));

    flip("drain", "webA");

    EXPECT_EQ(waits.wait().status, 0);
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
}

TEST_F(WaitTest, AsksHaproxyItself) {
    start();
    const std::string socket = sandbox().directory() + "/haproxy.sock";

    EXPECT_EQ(ctl({"drain", "webA", "--haproxy", socket}).status, 0);
    EXPECT_EQ(haproxy().status("webA"), "DOWN");
    EXPECT_EQ(ctl({"ready", "webA", "--haproxy", socket}).status, 0);
    EXPECT_EQ(haproxy().status("webA"), "UP");
}

TEST_F(WaitTest, ConfiguredSocketIsAsked) {
    start("haproxy = /nowhere/haproxy.sock\n" + std::string(kTwoPortServers));

    const Output output = ctl({"drain", "webA"});

    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.err.find("/nowhere/haproxy.sock"), std::string::npos) << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready") << "it is asked before anything is flipped";
}

TEST_F(WaitTest, CostsNextToNothing) {
    load("[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 30s\n");

    const Output output = run(Command{"bash", "-c", "TIMEFORMAT='%U %S'; time \"$@\" 2>/dev/null || true", "time"} +
                              zdr().ctl({"drain", "webA", "--unchecked", "--timeout", "3s"}));

    double user = 0;
    double system = 0;
    ASSERT_EQ(std::sscanf(output.err.c_str(), "%lf %lf", &user, &system), 2) << output.err;
    EXPECT_LT(user + system, std::chrono::duration<double>(stretched(300ms)).count()) << "of 3 s";
}

}  // namespace
}  // namespace zdr::test
