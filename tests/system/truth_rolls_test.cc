// Drains and readies of a server as HAProxies of many kinds check it, from this host and from another: zdr never says
// that it is done before each of them has it so, and not much later. ZDR_TRUTH_TIMES (3) is how often each is done.
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <vector>

#include "remote_hosts.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/haproxy.h"
#include "support/load.h"
#include "support/service.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr double kInTime = 0.95;     // of all are late by one interval at most
constexpr milliseconds kSlack(200);  // of a machine where four tests run at once

// Who else is there.
enum class Beside { kNobody, kSecondHaproxy, kFake, kCurls, kProber, kReload, kClients };

// How the app answers a check, the last two only some time after it has begun to listen.
enum class Answers { kAccepts, kHttp, kHttps };

struct Scenario {
    std::string name;
    std::string keys;      // of zdr.conf
    std::string how;       // HAProxy checks it
    int backends;          // that list it
    milliseconds slowest;  // interval, while somebody waits
    Beside beside = Beside::kNobody;
    Answers answers = Answers::kAccepts;
};

struct Where {
    std::string name;
    std::string address;  // of the app
    bool is_remote;
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
    return out << scenario.name;
}

std::ostream& operator<<(std::ostream& out, const Where& where) {
    return out << where.name;
}

int times() {
    const char* told = std::getenv("ZDR_TRUTH_TIMES");
    return told == nullptr ? 3 : std::max(std::atoi(told), 1);
}

class TruthRolls : public RemoteTest, public testing::WithParamInterface<std::tuple<Scenario, Where>> {
  protected:
    const Scenario& scenario() const { return std::get<0>(GetParam()); }
    const Where& where() const { return std::get<1>(GetParam()); }

    template <class T, class... Args>
    std::unique_ptr<T> make_there(Args&&... args) const {
        if (where().is_remote) return make_in<T>(client(), std::forward<Args>(args)...);
        return std::make_unique<T>(std::forward<Args>(args)...);
    }

    void start() {
        load("[server.webA]\naddress = " + where().address + "\nport = 1000\nstatus-port = 2000\n" + scenario().keys +
             (has_two_at_one_address() ? "checks = 2\n" : ""));
        start_app();
        const std::string line =
            fmt::format("    server webA {}:1000 check port 2000 {}\n", where().address, scenario().how);
        std::string lines = warms_up() ? "    option httpchk GET /health\n" + line : line;
        for (int i = 1; i < scenario().backends; ++i) lines += fmt::format("backend more{}\n{}", i, line);
        lines += fmt::format("global\n    stats socket ipv4@{}:9999 level user\n", stats_address());
        start_haproxy(sandbox().directory(), 8080, lines);
        if (scenario().beside == Beside::kSecondHaproxy) {
            const std::string directory = sandbox().directory() + "/second";
            mkdir(directory.c_str(), 0755);
            start_haproxy(directory, 8081, line);
        }
        start_others();
        ASSERT_TRUE(eventually([&] { return all_are("UP"); }));
        ASSERT_TRUE(eventually([&] { return is_known(); })) << zdr().status();
    }

    // A roll in one direction: how much later than the last HAProxy zdr has said so; none: a reload came too late for
    // it.
    std::optional<milliseconds> roll(const std::string& word, const std::string& status) {
        Command arguments{word, "webA", "--timeout", "5m"};
        if (scenario().beside == Beside::kReload && where().is_remote)
            arguments = arguments + Command{"--haproxy", stats_address() + ":9999"};
        if (warms_up() && word == "ready") std::ofstream(sick_file()) << "";
        std::atomic<bool> is_over{false};
        Output output;
        bool is_so = false;
        Clock::time_point returned;
        std::thread waiting([&] {
            output = run(zdr().ctl(arguments), 6min);
            returned = Clock::now();
            is_so = all_are(status);
            is_over = true;
        });
        const Clock::time_point reloaded = reload_meanwhile();
        warm_up_meanwhile();
        Clock::time_point seen;
        while (seen == Clock::time_point() && !is_over) {
            if (all_are(status)) seen = Clock::now();
            std::this_thread::sleep_for(5ms);
        }
        waiting.join();
        EXPECT_EQ(output.status, 0) << output.err;
        if (reloaded > returned) {
            EXPECT_TRUE(eventually([&] { return all_are(status); })) << statuses();
            return std::nullopt;
        }
        EXPECT_TRUE(is_so) << word << " was early: " << statuses() << "; " << output.err;
        if (!is_so) ++early_;
        if (seen == Clock::time_point()) return 0ms;
        return std::max(std::chrono::duration_cast<milliseconds>(returned - seen), 0ms);
    }

    int early() const { return early_; }

  private:
    // Where HAProxy's socket is.
    std::string stats_address() const { return where().is_remote ? "10.9.0.2" : "127.0.0.1"; }

    void start_haproxy(const std::string& directory, std::uint16_t port, const std::string& lines) {
        haproxies_.push_back(make_there<Haproxy>(directory, port, lines));
    }

    void start_app() {
        const std::string listen = where().address + ":1000";
        if (!warms_up() && scenario().beside != Beside::kClients)
            app_ = std::make_unique<App>("app", where().address, 1000);
        else
            Service(sandbox().directory(), "webA",
                    scenario().answers == Answers::kHttps ? Service::encrypted(sandbox().directory(), listen) : listen);
    }

    bool warms_up() const { return scenario().answers != Answers::kAccepts; }
    std::string sick_file() const { return Service::sick_file(sandbox().directory(), "webA"); }

    bool has_two_at_one_address() const { return scenario().beside == Beside::kSecondHaproxy && where().is_remote; }

    void start_others() {
        const std::string ask = fmt::format("{{ : 3<>/dev/tcp/{}/2000; }} 2>/dev/null", where().address);
        const auto start_script = [&](const std::string& name, const std::string& pause) {
            const std::string path = sandbox().directory() + "/" + name;
            std::ofstream(path) << "#!/bin/bash\nwhile :; do " << ask << "; read -rt " << pause << " <> <(:); done\n";
            chmod(path.c_str(), 0755);
            others_.push_back(std::make_unique<Process>(Command{path}));
        };
        // The fake is a process of this host wherever HAProxy is.
        if (scenario().beside == Beside::kFake) start_script("haproxy", "0.05");
        if (scenario().beside == Beside::kCurls) start_script("person", "$((RANDOM % 4 + 1)).$RANDOM");
        if (scenario().beside == Beside::kProber) start_script("prober", "3");
        if (scenario().beside == Beside::kClients)
            clients_ = make_there<Load>(sandbox().directory(), "http://127.0.0.1:8080/",
                                        LoadOptions{.connections = 2, .pause = 100ms});
    }

    bool is_known() const {
        const auto document = nlohmann::json::parse(zdr().status());
        std::size_t habits = 0;
        for (const auto& one : document["servers"][0]["checkers"])
            if (one["counts"] == true && one["redirected_streak"] >= 4) ++habits;
        return habits >= (where().is_remote ? 1 : haproxies_.size());
    }

    bool all_are(const std::string& status) const {
        for (const auto& one : haproxies_)
            for (int i = 0; i < (one == haproxies_.front() ? scenario().backends : 1); ++i)
                if (one->status("webA", i == 0 ? "srvs" : fmt::format("more{}", i)) != status) return false;
        return true;
    }
    std::string statuses() const {
        std::string out;
        for (const auto& one : haproxies_)
            for (int i = 0; i < (one == haproxies_.front() ? scenario().backends : 1); ++i)
                out += one->status("webA", i == 0 ? "srvs" : fmt::format("more{}", i)) + " ";
        return out;
    }

    // When that was done; the clock's beginning: nothing was to do.
    Clock::time_point reload_meanwhile() {
        if (scenario().beside != Beside::kReload) return {};
        pause_at_random();
        if (where().is_remote)
            client().run([&] { haproxies_.front()->reload(); });
        else
            haproxies_.front()->reload();
        return Clock::now();
    }

    void warm_up_meanwhile() {
        if (!warms_up()) return;
        pause_at_random();
        unlink(sick_file().c_str());
    }

    void pause_at_random() {
        std::this_thread::sleep_for(milliseconds(std::uniform_int_distribution<>(0, 700)(random_)));
    }

    std::unique_ptr<App> app_;
    std::unique_ptr<Load> clients_;
    std::vector<std::unique_ptr<Haproxy>> haproxies_;
    std::vector<std::unique_ptr<Process>> others_;
    std::mt19937 random_{std::random_device{}()};
    int early_ = 0;
};

TEST_P(TruthRolls, AreNeverSaidEarlyAndHardlyLate) {
    start();
    std::vector<milliseconds> late;
    for (int i = 0; i < times() && !HasFatalFailure(); ++i)
        for (const auto& [word, status] : {std::pair("drain", "DOWN"), std::pair("ready", "UP")})
            if (const auto one = roll(word, status)) late.push_back(*one);
    ASSERT_FALSE(late.empty());
    std::sort(late.begin(), late.end());
    const milliseconds most = late[static_cast<std::size_t>(kInTime * static_cast<double>(late.size() - 1))];
    std::printf(
        "%zu rolls: %d early, 95 %% late by at most %ld ms, the last by %ld ms; the slowest interval is %ld ms\n",
        late.size(), early(), most.count(), late.back().count(), scenario().slowest.count());
    EXPECT_EQ(early(), 0);
    EXPECT_LE(most, scenario().slowest + stretched(kSlack));
}

const std::string kFast = "inter = 100ms\n";

// ZDR_TRUTH_SLOW: with real intervals, too, of which one roll takes a minute.
std::vector<Scenario> scenarios() {
    std::vector<Scenario> out{
        Scenario{"OneBackend", kFast, "inter 100", 1, 100ms},
        Scenario{"TwoBackends", kFast + "checks = 2\n", "inter 100", 2, 100ms},
        Scenario{"FiveBackends", kFast + "checks = 5\n", "inter 100", 5, 100ms},
        Scenario{"FiveTimesFaster", "inter = 500ms\nfastinter = 100ms\n", "inter 500 fastinter 100", 1, 500ms},
        Scenario{"FiveTimesFasterTwice", "inter = 500ms\nfastinter = 100ms\nchecks = 2\n", "inter 500 fastinter 100", 2,
                 500ms},
        Scenario{"FiveTimesSlower", "inter = 100ms\ndowninter = 500ms\n", "inter 100 downinter 500", 1, 500ms},
        Scenario{"FiveTimesSlowerUntold", kFast, "inter 100 downinter 500", 1, 500ms},
        Scenario{"TwoHaproxys", "inter = 200ms\n", "inter 200", 1, 200ms, Beside::kSecondHaproxy},
        // The new process takes it for up before any check, and may need more than one: its state may be from a file.
        Scenario{"Reloads", "inter = 300ms\n", "inter 300", 1, 900ms, Beside::kReload},
        Scenario{"Slowstart", kFast, "inter 100 slowstart 20s", 1, 100ms},
        Scenario{"Prober", kFast, "inter 100", 1, 100ms, Beside::kProber},
        Scenario{"Curls", kFast, "inter 100", 1, 100ms, Beside::kCurls},
        Scenario{"Fake", "inter = 300ms\n", "inter 300", 1, 300ms, Beside::kFake},
        Scenario{"OftenerThanTold", "", "inter 100", 1, 100ms},
        Scenario{"FiveTimesSeldomerThanTold", kFast, "inter 500", 1, 500ms, Beside::kClients},
        Scenario{"HttpWarmUp", kFast + "check-uri = /health\n", "inter 100", 1, 100ms, Beside::kNobody, Answers::kHttp},
        Scenario{"TlsWarmUp", kFast + "check-uri = /health\ncheck-ssl = yes\n", "inter 100 ssl verify none check-ssl",
                 1, 100ms, Beside::kNobody, Answers::kHttps},
    };
    if (std::getenv("ZDR_TRUTH_SLOW") != nullptr)
        out.push_back({"TenSecondsToldTwo", "", "inter 10s", 1, 10s, Beside::kClients, Answers::kAccepts});
    return out;
}

INSTANTIATE_TEST_SUITE_P(All, TruthRolls,
                         testing::Combine(testing::ValuesIn(scenarios()),
                                          testing::Values(Where{"Local", "127.0.0.1", false},
                                                          Where{"Remote", "10.9.0.1", true})),
                         [](const auto& test) { return std::get<0>(test.param).name + std::get<1>(test.param).name; });

}  // namespace
}  // namespace zdr::test
