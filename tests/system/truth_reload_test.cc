// A HAProxy of this host that is reloaded, while its old process lives on for the client that it serves: what the new
// one sees counts, and the old one holds up nobody.
#include <fmt/core.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/app.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

class TruthReloadTest : public SystemTest {
  protected:
    void start(const std::string& line) {
        std::string config;
        for (const char name : {'A', 'B'}) {
            const int number = name - 'A';
            config += fmt::format(
                "[server.web{}]\naddress = 127.0.0.1\nport = 100{}\nstatus-port = 200{}\n"
                "backend = srvs\ninter = 200ms\n",
                name, number, number);
            apps_.push_back(std::make_unique<App>("app", "127.0.0.1", static_cast<std::uint16_t>(1000 + number)));
        }
        load(config);
        kept_app_ = listen_on("127.0.0.1", 1009);
        const std::string script = sandbox().directory() + "/slow.lua";
        std::ofstream(script) << "if io.open('" << slow_file() << "') then os.execute('sleep 2.5') end\n";
        haproxy_ = std::make_unique<Haproxy>(
            sandbox().directory(), 8080,
            fmt::format("    server webA 127.0.0.1:1000 check port 2000 {0}\n"
                        "    server webB 127.0.0.1:1001 check port 2001 {0}\n"
                        "listen kept\n    mode tcp\n    bind 127.0.0.1:8081\n    server app 127.0.0.1:1009\n"
                        "global\n    lua-load {1}\n",
                        line, script));
        for (const char* name : {"webA", "webB"}) ASSERT_TRUE(haproxy_->shows(name, "UP"));
        keep_client();
    }

    // The old processes go on for their clients; each new one is told of all, as HAProxy's master does it.
    void reload() {
        Command old;
        for (const auto& one : old_) old.push_back(std::to_string(one->pid()));
        old_.push_back(haproxy_->reload_beside(old));
        keep_client();
    }
    void reload_without_client() { old_.push_back(haproxy_->reload_beside()); }
    // It takes the new process longer to start than anything is waited for, as with many certificates and maps.
    void reload_slowly() {
        std::ofstream(slow_file()) << "";
        reload();
        std::filesystem::remove(slow_file());
    }
    bool all_live() {
        for (const auto& one : old_)
            if (!one->is_running()) return false;
        return true;
    }

    Output ctl(const Command& arguments) const { return run(zdr().ctl(arguments + Command{"--timeout", "20s"})); }
    Haproxy& haproxy() { return *haproxy_; }

  private:
    std::string slow_file() const { return sandbox().directory() + "/slow"; }
    // Served by the process of now: until the old one is told, it takes some, too.
    void keep_client() {
        ASSERT_TRUE(eventually([&] {
            clients_.push_back(connect_to("127.0.0.1", 8081));
            const std::string served = haproxy_->field("FRONTEND", "scur", "kept");
            return !served.empty() && served != "0";
        }));
    }

    Attempt kept_app_;
    std::vector<std::unique_ptr<App>> apps_;
    std::unique_ptr<Haproxy> haproxy_;
    std::vector<std::unique_ptr<Process>> old_;
    std::vector<Attempt> clients_;
};

TEST_F(TruthReloadTest, ReadyDoesNotWaitForTheOldProcessHoweverLongTheNewOneTakes) {
    start("inter 200");
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
        ASSERT_EQ(haproxy().status("webA"), "DOWN");
        reload_slowly();
        ASSERT_TRUE(haproxy().shows("webA", "DOWN"));

        const Output ready = ctl({"ready", "webA"});
        EXPECT_EQ(ready.status, 0) << ready.err;
        EXPECT_EQ(haproxy().status("webA"), "UP");
        EXPECT_TRUE(all_live());
    }
}

TEST_F(TruthReloadTest, DrainWaitsForTheNewProcessAndNotForTheOld) {
    start("inter 200");
    for (const auto pause : {50ms, 250ms, 450ms}) {
        Process drain(zdr().ctl({"drain", "webA", "--timeout", "20s"}));
        std::this_thread::sleep_for(pause);
        reload();

        const Output output = drain.wait();
        EXPECT_EQ(output.status, 0) << output.err;
        EXPECT_EQ(haproxy().status("webA"), "DOWN") << output.err;
        EXPECT_TRUE(all_live());
        ASSERT_EQ(ctl({"ready", "webA"}).status, 0);
    }
}

// Each new process is told of the one before it alone, which has ended when the next one comes.
TEST_F(TruthReloadTest, ARowOfReloadsLeavesNobodyToWaitFor) {
    start("inter 200");
    ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
    reload_without_client();
    haproxy().reload();
    ASSERT_TRUE(haproxy().shows("webA", "DOWN"));

    const Output ready = ctl({"ready", "webA"});
    EXPECT_EQ(ready.status, 0) << ready.err;
    EXPECT_EQ(haproxy().status("webA"), "UP");
    EXPECT_TRUE(all_live());
}

// As Debian starts it: a master that checks nothing, and its worker.
TEST_F(TruthReloadTest, TheMasterOfWorkersIsNotWaitedFor) {
    load(std::string(kWebA) + "inter = 200ms\ndowninter = 30s\n");
    const App app("app", "127.0.0.1", 1000);
    const std::string file = sandbox().directory() + "/master.cfg";
    std::ofstream(file) << "defaults\n    timeout connect 1s\n    timeout client 1s\n    timeout server 1s\n"
                           "listen srvs\n    bind 127.0.0.1:8080\n"
                           "    server webA 127.0.0.1:1000 check port 2000 inter 200 downinter 30s\n";
    Process master({"haproxy", "-W", "-db", "-f", file});
    ASSERT_TRUE(eventually([&] {
        const auto checkers = nlohmann::json::parse(zdr().status())["servers"][0]["checkers"];
        return !checkers.empty() && checkers[0]["redirected_streak"] >= 5;
    }));

    const Output drain = ctl({"drain", "webA"});

    EXPECT_EQ(drain.status, 0) << drain.err;
    master.signal(SIGTERM);
    (void)master.wait();
}

TEST_F(TruthReloadTest, TheGuardDoesNotAskTheOldProcess) {
    start("inter 200 downinter 600");
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(ctl({"drain", "webA"}).status, 0);
        reload();
        const Output ready = ctl({"ready", "webA"});
        ASSERT_EQ(ready.status, 0) << ready.err;

        const Output drain = ctl({"drain", "webB"});
        EXPECT_EQ(drain.status, 0) << drain.err;
        EXPECT_EQ(haproxy().status("webA"), "UP");
        EXPECT_TRUE(all_live());
        ASSERT_EQ(ctl({"ready", "webB"}).status, 0);
    }
}

}  // namespace
}  // namespace zdr::test
