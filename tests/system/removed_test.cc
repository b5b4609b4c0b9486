// Servers that are removed while something is under way with them: it ends, says so, and touches nobody who got their
// slot or their name.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "session_ends.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/net.h"
#include "support/system_test.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

const std::string kBegin = "[server.webA]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2000\ninter = 50ms\n";
const std::string kB = "[server.webB]\naddress = 127.0.0.1\nport = 1001\nstatus-port = 2001\ninter = 50ms\n";

class RemovedTest : public SystemTest {
  protected:
    void TearDown() override {
        stop_ = true;
        if (checker_.joinable()) checker_.join();
    }
    // Asks webA all the time, so that a wait for many answers has somebody to wait for.
    void check_always() {
        checker_ = std::thread([this] {
            while (!stop_) {
                (void)ask("127.0.0.1", 2000);
                std::this_thread::sleep_for(20ms);
            }
        });
    }
    Process start(const Command& arguments) const { return Process(zdr().ctl(arguments)); }
    // zdrctl restart NAMES --keep-process -- sh -c SCRIPT, in which "zdrctl" is this sandbox's.
    Command restart(const Command& names, const std::string& script) const {
        std::string tool = "zdrctl() { c=$1; shift; " + ZdrPrograms::ctl_path() + " $c --state-dir " +
                           sandbox().state_dir() + " \"$@\"; }; ";
        return zdr().ctl(Command{"restart"} + names + Command{"--keep-process", "--unchecked"}) +
               Command{"--", "sh", "-c", tool + script};
    }
    void comes_to_be(const std::string& state) const {
        ASSERT_TRUE(eventually([&] { return zdr().state("webA") == state; })) << state;
    }
    static void has_said(const Process& process, const std::string& text) {
        ASSERT_TRUE(eventually([&] { return contains(process.standard_error(), text); })) << process.standard_error();
    }
    static bool is_free(const std::string& directory) {
        const UniqueFd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
    }
    // Stopped while it holds one of the state directory's locks, it would hold up everybody.
    void stop_between_looks(const Process& process) const {
        ASSERT_TRUE(eventually([&] {
            process.signal(SIGSTOP);
            siginfo_t stopped;
            if (waitid(P_PID, static_cast<id_t>(process.pid()), &stopped, WSTOPPED) != 0) return false;
            if (is_free(sandbox().state_dir()) && is_free(sandbox().state_dir() + "/" + kRootLock)) return true;
            process.signal(SIGCONT);
            return false;
        }));
    }
    // Another server in the slot that webA had: the lowest that is free.
    void replace_by_another() const {
        must_run(zdr().ctl({"remove", "webA", "--force"}));
        must_run(zdr().ctl({"add", "webC", "--port", "1002", "--status-port", "2002"}));
    }
    // The restart of webA alone ended with it, and webC, which took its slot, was not touched.
    void expect_ended_with_its_server(const Output& output, const std::string& result) const {
        EXPECT_EQ(output.status, 6);
        EXPECT_TRUE(output.err.ends_with("webA was removed meanwhile; " + result + ": webA\n")) << output.err;
        expect_untouched("webC");
    }
    // Nobody has ever flipped it.
    void expect_untouched(const std::string& name) const {
        const auto all = nlohmann::json::parse(zdr().status());
        for (const auto& one : all["servers"]) {
            if (one["name"] != name) continue;
            EXPECT_EQ(one["state"], "ready");
            EXPECT_TRUE(one["since"].is_null()) << one;
            return;
        }
        FAIL() << name << " is not there";
    }

  private:
    std::atomic<bool> stop_{false};
    std::thread checker_;
};

TEST_F(RemovedTest, DrainThatWaitsEnds) {
    load(kBegin + "fall = 60000\n");
    check_always();
    Process drain = start({"drain", "webA", "--unchecked"});
    comes_to_be("drain");

    replace_by_another();

    const Output output = drain.wait();
    EXPECT_EQ(output.status, 6);
    EXPECT_EQ(output.err, "webA: drain (was ready)\nzdrctl: drain webA: webA was removed meanwhile\n");
    expect_untouched("webC");
}

TEST_F(RemovedTest, DrainThatWaitsTellsAnotherOfTheSameNameApart) {
    load(kBegin + "fall = 60000\n");
    check_always();
    Process drain = start({"drain", "webA", "--unchecked"});
    has_said(drain, "webA: drain (was ready)");

    stop_between_looks(drain);
    must_run(zdr().ctl({"remove", "webA"}));
    must_run(zdr().ctl({"add", "webA", "--port", "1000", "--status-port", "2000"}));
    drain.signal(SIGCONT);

    const Output output = drain.wait();
    EXPECT_EQ(output.status, 6);
    EXPECT_TRUE(contains(output.err, "webA was removed meanwhile, and another server was added under its name"))
        << output.err;
    expect_untouched("webA");
}

TEST_F(RemovedTest, WaitEnds) {
    load(kBegin);
    check_always();
    Process wait = start({"wait", "webA", "--for", "drained"});

    must_run(zdr().ctl({"remove", "webA"}));

    EXPECT_EQ(wait.wait().status, 6);
}

TEST_F(RemovedTest, WaitForIdleEnds) {
    load(kBegin);
    const Attempt listening = listen_on("127.0.0.1", 1000);
    const Attempt client = connect_to("127.0.0.1", 1000);
    const UniqueFd accepted(accept(listening.fd.get(), nullptr, nullptr));
    ASSERT_EQ(send(client.fd.get(), "?", 1, 0), 1);
    ASSERT_TRUE(eventually([&] { return zdr().sessions("webA") == "1+0"; })) << zdr().sessions("webA");
    Process wait = start({"wait", "webA", "--for", "idle"});

    replace_by_another();

    EXPECT_EQ(wait.wait().status, 6);
    expect_untouched("webC");
}

TEST_F(RemovedTest, RestartEndsBeforeTheDrainOfOneThatHasGone) {
    load(kBegin + kB);
    const App a("a", "127.0.0.1", 1000);
    const App b("b", "127.0.0.1", 1001);

    const Output output =
        run(restart({"webA", "webB"}, "zdrctl remove webB && zdrctl add webC --port 1002 --status-port 2002"));

    EXPECT_EQ(output.status, 6);
    EXPECT_TRUE(contains(output.err, "webB was removed meanwhile; ready: webA; untouched: webB\n")) << output.err;
    EXPECT_EQ(zdr().state("webA"), "ready");
    expect_untouched("webC");
}

TEST_F(RemovedTest, RestartEndsWhileItDrains) {
    load(kBegin + "fall = 60000\n");
    const App app("a", "127.0.0.1", 1000);
    check_always();
    Process restarts(restart({"webA"}, "true"));
    comes_to_be("drain");

    replace_by_another();

    expect_ended_with_its_server(restarts.wait(), "untouched");
}

TEST_F(RemovedTest, RestartEndsAfterItsCommand) {
    load(kBegin);
    const App app("a", "127.0.0.1", 1000);

    const Output output =
        run(restart({"webA"}, "zdrctl remove webA && zdrctl add webC --port 1002 --status-port 2002"));

    expect_ended_with_its_server(output, "restarted but not seen ready");
}

TEST_F(RemovedTest, RenewalOfALeaseEndsTheRestartAndTouchesNobody) {
    load(kBegin);
    const App app("a", "127.0.0.1", 1000);
    const std::string marker = sandbox().directory() + "/runs";
    Process restarts(restart({"webA", "--ttl", "3s"}, "touch " + marker + "; sleep 1000"));
    ASSERT_TRUE(eventually([&] { return run({"test", "-e", marker}).status == 0; }));

    replace_by_another();

    const Output output = restarts.wait();
    EXPECT_EQ(output.status, 6);
    EXPECT_TRUE(contains(output.err, "webA was removed meanwhile")) << output.err;
    expect_untouched("webC");
}

TEST_F(RemovedTest, RestartTellsAnotherOfTheSameNameApart) {
    load(kBegin);
    const App app("a", "127.0.0.1", 1000);

    const Output output =
        run(restart({"webA"}, "zdrctl remove webA && zdrctl add webA --port 1000 --status-port 2000"));

    EXPECT_EQ(output.status, 6);
    EXPECT_TRUE(contains(output.err, "webA was removed meanwhile, and another server was added under its name"))
        << output.err;
    expect_untouched("webA");
}

TEST_F(RemovedTest, RestartEndsWhileItWaitsForReady) {
    load(kBegin + "rise = 60000\n");
    const App app("a", "127.0.0.1", 1000);
    check_always();
    const std::string marker = sandbox().directory() + "/done";
    Process restarts(restart({"webA"}, "touch " + marker));
    ASSERT_TRUE(eventually([&] { return run({"test", "-e", marker}).status == 0; }));
    comes_to_be("ready");

    replace_by_another();

    expect_ended_with_its_server(restarts.wait(), "restarted but not seen ready");
}

TEST_F(RemovedTest, OthersOfItsBatchAreTakenBack) {
    load(kBegin + kB);
    const App a("a", "127.0.0.1", 1000);
    const App b("b", "127.0.0.1", 1001);

    const Output output = run(restart({"webA", "webB", "--batch", "2"}, "[ {name} = webB ] || zdrctl remove webA"));

    EXPECT_EQ(output.status, 6);
    EXPECT_TRUE(output.err.ends_with("webA was removed meanwhile; ready: webB; restarted but not seen ready: webA\n"))
        << output.err;
    EXPECT_EQ(zdr().state("webB"), "ready");
}

TEST_F(RemovedTest, LeaseOfAKilledRestartEndsWithItsServer) {
    load(kBegin);
    const App app("a", "127.0.0.1", 1000);
    Process restarts(restart({"webA", "--ttl", "2s"}, "sleep 1000"));
    comes_to_be("drain");
    const auto ends = std::chrono::steady_clock::now() + 2s;
    restarts.signal(SIGKILL);
    restarts.wait();

    replace_by_another();
    expect_untouched("webC");
    flip("drain", "webC");

    std::this_thread::sleep_until(ends + 500ms);  // webA would be ready again now
    EXPECT_EQ(zdr().state("webC"), "drain");
}

// While it waits for the last session, somebody makes the server ready again: its app is not restarted under clients.
TEST_F(RemovedTest, AServerThatIsMadeReadyMeanwhileIsNotRestarted) {
    load(kBegin);
    const UniqueFd listener = listen_anew("127.0.0.1", 1000);
    const std::string marker = sandbox().directory() + "/restarted";
    Attempt session = connect_to("127.0.0.1", 1000);
    ASSERT_EQ(session.refusal(), "");
    ASSERT_EQ(send(session.fd.get(), "ask", 3, 0), 3);  // active as long as nobody answers
    Process roll(zdr().ctl({"restart", "webA", "--force", "--unchecked", "--idle-timeout", "1m"}) +
                 Command{"--", "touch", marker});
    comes_to_be("drain");
    std::this_thread::sleep_for(stretched(1s));  // nobody checks it, so it waits for the session soon
    flip("ready", "webA");

    session.fd.reset();
    UniqueFd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)).reset();
    const Output output = roll.wait();

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(contains(output.err, "was made ready by")) << output.err;
    EXPECT_FALSE(std::filesystem::exists(marker));
    EXPECT_EQ(zdr().state("webA"), "ready");
}

}  // namespace
}  // namespace zdr::test
