// add, remove and apply beside live checkers: nobody sees a server that stays flicker, and whatever interrupts a
// change, the next one completes it.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/app.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

// webN: port 10000 + N, status port 20000 + N.
std::string section(int n) {
    return "[server.web" + std::to_string(n) + "]\naddress = 127.0.0.1\nport = " + std::to_string(10000 + n) +
           "\nstatus-port = " + std::to_string(20000 + n) + "\n";
}

std::string sections(int from, int to) {
    std::string out;
    for (int n = from; n < to; ++n) out += section(n);
    return out;
}

class ApplyTest : public SystemTest {
  protected:
    std::string file(const std::string& name, const std::string& text) const {
        const std::string path = sandbox().directory() + "/" + name;
        std::ofstream(path) << text;
        return path;
    }
    Command apply(const std::string& path) const { return zdr().ctl({"apply", path, "-q"}); }
    void must_apply(const std::string& path) const {
        const Output output = run(apply(path));
        ASSERT_EQ(output.status, 0) << output.err;
    }
};

// Connects again and again until it is told to stop, and counts what was not the app's answer.
class Knocker {
  public:
    Knocker(std::string ip, std::uint16_t port, std::string expected)
        : ip_(std::move(ip)), port_(port), expected_(std::move(expected)), thread_([this] { knock(); }) {}
    ~Knocker() {
        stop_ = true;
        thread_.join();
    }
    int answers() const { return answers_; }
    std::string wrong() {
        stop_ = true;
        thread_.join();
        thread_ = std::thread([] {});
        return wrong_;
    }

  private:
    void knock() {
        while (!stop_) {
            const std::string answer = ask(ip_, port_);
            if (answer == expected_)
                ++answers_;
            else
                wrong_ += answer + " ";
        }
    }

    std::string ip_;
    std::uint16_t port_;
    std::string expected_;
    std::atomic<int> answers_{0};
    std::atomic<bool> stop_{false};
    std::string wrong_;
    std::thread thread_;
};

TEST_F(ApplyTest, ServerThatStaysNeverFlickers) {
    load(kWebA);
    const App app("a", "127.0.0.1", 1000);
    const App other("other", "127.0.0.1", 1001);
    const std::string one = file("one.conf", std::string(kWebA) + sections(1, 200));
    const std::string two = file("two.conf", std::string(kWebA) + sections(150, 400));
    Knocker knocker("127.0.0.1", 2000, "a");

    for (int i = 0; i < 50; ++i) {
        must_apply(one);
        must_apply(two);
    }

    EXPECT_EQ(knocker.wrong(), "");
    EXPECT_GT(knocker.answers(), 100);
}

TEST_F(ApplyTest, DrainedServerThatStaysIsRefusedAllTheTime) {
    load(kWebA);
    const App app("a", "127.0.0.1", 1000);
    const std::string one = file("one.conf", std::string(kWebA) + sections(1, 200));
    const std::string two = file("two.conf", std::string(kWebA) + sections(150, 400));
    flip("drain", "webA");
    Knocker knocker("127.0.0.1", 2000, "ECONNREFUSED");

    for (int i = 0; i < 20; ++i) {
        must_apply(one);
        must_apply(two);
    }

    EXPECT_EQ(knocker.wrong(), "");
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(ApplyTest, ServerThatIsRenamedNeverFlickers) {
    load(kWebA);
    const App app("a", "127.0.0.1", 1000);
    std::string renamed(kWebA);
    renamed.replace(renamed.find("webA"), 4, "webZ");
    const std::string one = file("one.conf", std::string(kWebA));
    const std::string two = file("two.conf", renamed);
    Knocker knocker("127.0.0.1", 2000, "a");

    for (int i = 0; i < 50; ++i) {
        must_apply(two);
        must_apply(one);
    }

    EXPECT_EQ(knocker.wrong(), "");
}

TEST_F(ApplyTest, AddedAndRemovedAtRunTimeItIsRedirectedMeanwhile) {
    load("# none\n");
    const App app("a", "127.0.0.1", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");

    ASSERT_EQ(run(zdr().ctl({"add", "webA", "--port", "1000", "--status-port", "2000"})).status, 0);
    EXPECT_EQ(ask("127.0.0.1", 2000), "a");
    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "EADDRINUSE");

    ASSERT_EQ(run(zdr().ctl({"remove", "web*"})).status, 0);
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(listen_on("127.0.0.1", 2000).refusal(), "");
}

TEST_F(ApplyTest, KilledAtAnyMomentEachServerIsOldOrNewAndTheNextCompletesIt) {
    constexpr int kTimes = 40;
    constexpr int kServers = 3000;
    const std::string old_set = file("old.conf", std::string(kWebA) + sections(1, kServers));
    std::string changed(kWebA);
    for (int n = 1; n < kServers; ++n) {
        changed += section(n);
        changed += "fall = 5\n";
    }
    const std::string new_set = file("new.conf", changed + sections(kServers, kServers + 500));
    load("# none\n");
    const App app("a", "127.0.0.1", 1000);
    const App first("first", "127.0.0.1", 10001);
    must_apply(old_set);
    const auto begin = std::chrono::steady_clock::now();
    must_apply(new_set);
    const auto usual = std::chrono::steady_clock::now() - begin;

    for (int i = 0; i < kTimes; ++i) {
        Process process(apply(i % 2 == 0 ? old_set : new_set));
        std::this_thread::sleep_for(usual * i / (kTimes - 5));  // no wait for an event: any moment is good
        process.signal(SIGKILL);
        process.wait();

        ASSERT_EQ(ask("127.0.0.1", 2000), "a") << i;
        ASSERT_EQ(ask("127.0.0.1", 20001), "first") << i;
        if (i % 4 != 3) continue;
        const std::string& next = i % 8 == 3 ? new_set : old_set;
        must_apply(next);
        const Output again = run(zdr().ctl({"apply", next, "--dry-run"}));
        ASSERT_EQ(again.out, "") << i;
        ASSERT_TRUE(again.err.starts_with("nothing to do")) << again.err;
        ASSERT_EQ(ask("127.0.0.1", 20001), "first") << i;
    }
}

TEST_F(ApplyTest, ADryRunRefusesWhatWouldBeRefused) {
    load("# none\n");
    const App daemon("daemon", "127.0.0.1", 20001);
    const std::string taken = file("taken.conf", section(1));

    const Output plan = run(zdr().ctl({"apply", taken, "--dry-run"}));
    const Output done = run(apply(taken));

    EXPECT_EQ(plan.status, 5) << plan.err;
    EXPECT_EQ(done.status, 5) << done.err;
    EXPECT_EQ(plan.err, done.err);
}

TEST_F(ApplyTest, TwoAtOnceBothSucceedAndTheSetIsOneOfTheirs) {
    load("# none\n");
    const std::string one = file("one.conf", sections(0, 500));
    const std::string two = file("two.conf", sections(400, 900));

    for (int i = 0; i < 10; ++i) {
        Process first(apply(one));
        Process second(apply(two));
        const Output of_first = first.wait();
        const Output of_second = second.wait();

        ASSERT_EQ(of_first.status, 0) << of_first.err;
        ASSERT_EQ(of_second.status, 0) << of_second.err;
        const bool is_one = run(zdr().ctl({"apply", one, "--dry-run"})).out.empty();
        const bool is_two = run(zdr().ctl({"apply", two, "--dry-run"})).out.empty();
        ASSERT_NE(is_one, is_two);
    }
}

TEST_F(ApplyTest, FlipsAndAppliesRaceAndNoFlipIsLost) {
    load(kWebA);
    const std::string one = file("one.conf", std::string(kWebA) + sections(1, 500));
    const std::string two = file("two.conf", std::string(kWebA) + sections(400, 900));

    for (int i = 0; i < 20; ++i) {
        const std::string state = i % 2 == 0 ? "drain" : "ready";
        Process applying(apply(i % 2 == 0 ? one : two));
        flip(state, "webA");
        ASSERT_EQ(applying.wait().status, 0);

        ASSERT_EQ(zdr().state("webA"), state);
    }
}

TEST_F(ApplyTest, OddFilesAreRefusedAndChangeNothing) {
    load(kWebA);
    const std::string directory = sandbox().directory();
    const std::string huge = directory + "/huge";
    file("huge", "");
    std::filesystem::resize_file(huge, std::uintmax_t{100} << 20);

    expect_refusal(run(zdr().ctl({"apply", directory})), 1);
    expect_refusal(run(zdr().ctl({"apply", directory + "/nowhere"})), 1);
    expect_refusal(run(zdr().ctl({"apply", huge})), 2);
    expect_refusal(run(zdr().ctl({"apply", file("nul", std::string(kWebA) + std::string("\0\n", 2))})), 2);
    expect_refusal(run(zdr().ctl({"apply", file("long", std::string(5000, 'x'))})), 2);
    expect_refusal(run(zdr().ctl({"apply", ZdrPrograms::ctl_path()})), 2);

    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(ApplyTest, PipesAreReadToTheirEnd) {
    load("# none\n");
    const std::string config = file("web.conf", std::string(kWebA));
    const std::string fifo = sandbox().directory() + "/fifo";
    ASSERT_EQ(run({"mkfifo", fifo}).status, 0);
    const auto in_shell = [&](const std::string& script) {
        return run(Command{"sh", "-c", script, ZdrPrograms::ctl_path(), sandbox().state_dir(), config, fifo});
    };

    EXPECT_EQ(in_shell("cat $2 > $3 & $0 apply $3 --state-dir $1 -q").status, 0);
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(in_shell(": | $0 apply - --state-dir $1 -q").status, 0);
    EXPECT_EQ(in_shell("$0 apply - --state-dir $1 -q < $2").status, 0);
    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(in_shell("$0 apply - --state-dir $1 -q <&-").status, 1);
}

}  // namespace
}  // namespace zdr::test
