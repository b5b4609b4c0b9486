// Commands that are killed half-way or run at the same time: what follows finds a whole state, and can undo it.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

#include "support/app.h"
#include "support/deadline.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

class InterruptedTest : public SystemTest {
  protected:
    // What a killed first load leaves: where zdrctl shows the server, it works; where not, nothing else is said than
    // that nothing is loaded. The redirect begins a little before zdrctl shows it.
    void expect_whole_or_not_loaded() {
        const Output status = run(zdr().ctl({"status", "webA"}));
        const std::string answer = ask("127.0.0.1", 2000);
        if (status.status == 0) {
            EXPECT_EQ(answer, "app");
            flip("drain", "webA");
            EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
            return;
        }
        EXPECT_EQ(status.status, 3) << status.err;
        EXPECT_TRUE(answer == "app" || answer == "ECONNREFUSED") << answer;
    }
    // All that zdr has: pins, cgroups of its own, and what is in the kernel, by names and without ids. Sorted.
    std::vector<std::string> traces() const {
        std::vector<std::string> out;
        std::error_code none;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(sandbox().state_dir(), none))
            out.push_back(entry.path());
        for (const auto& entry : std::filesystem::directory_iterator(sandbox().cgroup(), none))
            if (entry.is_directory()) out.push_back(entry.path());
        for (const std::string& object : kernel_objects(sandbox()))
            out.push_back(object.substr(0, object.find_last_of(' ')));
        std::sort(out.begin(), out.end());
        return out;
    }
    // Once nothing goes any more: the kernel takes away some time later what nobody refers to, as what a load replaced.
    std::vector<std::string> settled_traces() const {
        std::vector<std::string> out = traces();
        EXPECT_TRUE(eventually([&] {
            std::this_thread::sleep_for(stretched(std::chrono::milliseconds(300)));
            return std::exchange(out, traces()) == out;
        }));
        return out;
    }
    // As a load leaves it that nothing has disturbed.
    void expect_traces(const std::vector<std::string>& usual) const {
        std::vector<std::string> seen;
        eventually([&] {
            seen = traces();
            return seen == usual;
        });
        EXPECT_EQ(seen, usual);
    }
};

std::chrono::microseconds time_of(const std::function<void()>& function) {
    const auto begin = std::chrono::steady_clock::now();
    function();
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
}

// Starts a command and kills it after a part of the time that it usually takes. This is no wait for an event: any
// moment is good, as long as they are spread.
void kill_after(const Command& command, std::chrono::microseconds delay) {
    Process process(command);
    std::this_thread::sleep_for(delay);
    process.signal(SIGKILL);
    process.wait();
}

TEST_F(InterruptedTest, FirstLoadKilledAtAnyMoment) {
    constexpr int kTimes = 50;
    zdr().configure(kWebA);
    const auto usual = time_of([&] { ASSERT_EQ(zdr().load().status, 0); });
    const auto usual_traces = settled_traces();
    const App app("app", "127.0.0.1", 1000);

    for (int i = 0; i < kTimes; ++i) {
        unload();
        kill_after(zdr().load_command(), usual * i / (kTimes - 10));
        expect_whole_or_not_loaded();
    }

    load(kWebA);
    expect_traces(usual_traces);
    flip("ready", "webA");  // a load that was whole keeps the drain with which it was proved
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    unload();
    expect_nothing_left();
}

TEST_F(InterruptedTest, RepeatedLoadKilledAtAnyMomentKeepsRedirectAndState) {
    constexpr int kTimes = 50;
    load(kWebA);
    const auto usual = time_of([&] { ASSERT_EQ(zdr().load().status, 0); });
    const auto usual_traces = settled_traces();
    const App app("app", "127.0.0.1", 1000);

    for (int i = 0; i < kTimes; ++i) {
        const bool is_ready = i % 2 == 0;
        flip(is_ready ? "ready" : "drain", "webA");
        kill_after(zdr().load_command(), usual * i / (kTimes - 10));
        ASSERT_EQ(ask("127.0.0.1", 2000), is_ready ? "app" : "ECONNREFUSED") << i;
        ASSERT_EQ(zdr().state("webA"), is_ready ? "ready" : "drain") << i;
    }

    load(kWebA);
    expect_traces(usual_traces);
    EXPECT_EQ(zdr().state("webA"), "drain");
    unload();
    expect_nothing_left();
}

TEST_F(InterruptedTest, LoadAfterAKilledOneWorksEachTime) {
    constexpr int kTimes = 15;
    zdr().configure(kWebA);
    const auto usual = time_of([&] { ASSERT_EQ(zdr().load().status, 0); });
    const auto usual_traces = settled_traces();
    const App app("app", "127.0.0.1", 1000);
    unload();

    for (int i = 0; i < kTimes; ++i) {
        kill_after(zdr().load_command(), usual * i / kTimes);
        load(kWebA);
        expect_traces(usual_traces);
        ASSERT_EQ(ask("127.0.0.1", 2000), "app") << i;
        unload();
    }
    expect_nothing_left();
}

TEST_F(InterruptedTest, LoadAfterOneThatLeftWhatItHadMadeWorks) {
    zdr().configure(kWebA);
    const App app("app", "127.0.0.1", 1000);
    const std::string staging = sandbox().state_dir() + "/staging";
    const auto exists = [&] { return std::filesystem::exists(staging); };
    for (const bool is_first : {true, false}) {
        constexpr int kTries = 50;  // it is there for a moment only
        for (int i = 0; !exists(); ++i) {
            ASSERT_LT(i, kTries) << is_first;
            if (is_first) unload();
            Process loading(zdr().load_command());
            while (!exists() && loading.is_running()) continue;
            loading.signal(SIGKILL);
            loading.wait();
        }

        load(kWebA);

        EXPECT_FALSE(exists()) << is_first;
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << is_first;
    }
    unload();
    expect_nothing_left();
}

TEST_F(InterruptedTest, UnloadAfterAKilledFirstLoadLeavesNothing) {
    constexpr int kTimes = 50;
    zdr().configure(kWebA);
    const auto usual = time_of([&] { ASSERT_EQ(zdr().load().status, 0); });
    unload();

    for (int i = 0; i < kTimes; ++i) {
        kill_after(zdr().load_command(), usual * i / (kTimes - 10));
        unload();
        expect_nothing_left();
    }
}

TEST_F(InterruptedTest, UnloadKilledAtAnyMoment) {
    constexpr int kTimes = 15;
    load(kWebA);
    const auto usual_traces = settled_traces();
    const auto usual = time_of([&] { unload(); });

    for (int i = 0; i < kTimes; ++i) {
        load(kWebA);
        expect_traces(usual_traces);
        kill_after(zdr().loader({"unload"}), usual * i / kTimes);
    }

    unload();
    expect_nothing_left();
}

TEST_F(InterruptedTest, TwoLoadsAtOnceBothSucceed) {
    zdr().configure(kWebA);
    const App app("app", "127.0.0.1", 1000);

    for (int i = 0; i < 5; ++i) {
        Process first(zdr().load_command());
        Process second(zdr().load_command());
        const Output one = first.wait();
        const Output two = second.wait();

        ASSERT_EQ(one.status, 0) << one.err;
        ASSERT_EQ(two.status, 0) << two.err;
        ASSERT_EQ(ask("127.0.0.1", 2000), "app");
        unload();
        expect_nothing_left();
    }
}

TEST_F(InterruptedTest, LoadsAndUnloadsRaceAndEachSucceeds) {
    zdr().configure(kWebA);

    for (int i = 0; i < 10; ++i) {
        Process first(zdr().load_command());
        Process second(zdr().loader({"unload"}));
        Process third(zdr().load_command());
        for (Process* process : {&first, &second, &third}) {
            const Output output = process->wait();
            ASSERT_EQ(output.status, 0) << output.err;
        }
    }

    unload();
    expect_nothing_left();
}

TEST_F(InterruptedTest, FlipsAndLoadsRaceAndNoFlipIsLost) {
    load(kWebA);

    for (int i = 0; i < 10; ++i) {
        const std::string state = i % 2 == 0 ? "drain" : "ready";
        Process loading(zdr().load_command());
        flip(state, "webA");
        ASSERT_EQ(loading.wait().status, 0);

        ASSERT_EQ(zdr().state("webA"), state);
    }
}

}  // namespace
}  // namespace zdr::test
