// load --keep: the programs are new, and servers, states, checks and what was said at the load are as they were.
#include <sys/stat.h>
#include <sys/types.h>

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>

#include "support/app.h"
#include "support/kernel_objects.h"
#include "support/net.h"
#include "support/process.h"
#include "support/system_test.h"
#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/server_table.h"

namespace zdr::test {
namespace {

class LoadKeptTest : public SystemTest {
  protected:
    std::string live() const { return sandbox().state_dir() + "/live"; }

    Command keep_command() const {
        return {ZdrPrograms::loader_path(), "load", "--keep", "--state-dir", sandbox().state_dir()};
    }
    Output keep(const Command& more = {}) const { return run(keep_command() + more); }

    ServerTable table() const {
        auto out = ServerTable::open(live(), Access::kRead);
        if (!out) throw std::runtime_error(out.error().text);
        return std::move(*out);
    }

    gid_t group() const {
        struct stat status {};
        EXPECT_EQ(stat(live().c_str(), &status), 0);
        return status.st_gid;
    }

    // The interfaces that have hooks, by index.
    std::set<int> interfaces() const {
        std::set<int> out;
        for (const HookPin& pin : list_hook_pins(live()).value())
            if (pin.interface_index != 0) out.insert(pin.interface_index);
        return out;
    }
};

// How it ends, and the sentence that says why.
void expect_failure(const Output& output, int status, const std::string& part) {
    expect_refusal(output, status);
    EXPECT_TRUE(contains(output.err, part)) << output.err;
}

TEST_F(LoadKeptTest, LeavesServersAndStatesThatNoFileHas) {
    load("haproxy = /run/no-haproxy.sock\ngroup = daemon\n" + std::string(kWebA) +
         "start = last\ncheck-uri = /health\n");
    ASSERT_EQ(
        run(zdr().ctl({"add", "webB", "--address", "127.0.0.1", "--port", "1001", "--status-port", "2001"})).status, 0);
    const App a("a", "127.0.0.1", 1000);
    const App b("b", "127.0.0.1", 1001);
    flip("drain", "webB", {"--reason", "release 42"});
    ask("127.0.0.1", 2000);
    ask("127.0.0.1", 2001);
    const auto before = table().list().value();
    const Flip flip_before = table().flip_of(before.at(1).slot).value();
    const auto sockets = table().haproxy_sockets();
    const gid_t gid = group();
    const PinnedObjects pinned(sandbox());
    ASSERT_NE(gid, 0U);
    std::filesystem::remove(zdr().config());

    const Output output = keep();

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(output.err, "zdr-loader: 2 servers\n");
    EXPECT_EQ(table().list().value(), before);
    const Flip flip_now = table().flip_of(before[1].slot).value();
    EXPECT_EQ(flip_now.state, State::kDrain);
    EXPECT_EQ(flip_now.reason, "release 42");
    EXPECT_EQ(flip_now.since_unix, flip_before.since_unix);
    EXPECT_EQ(table().haproxy_sockets(), sockets);
    EXPECT_EQ(group(), gid);
    EXPECT_EQ(zdr().redirected("webA"), 1);
    EXPECT_EQ(zdr().refused("webB"), 1);
    EXPECT_EQ(ask("127.0.0.1", 2000), "a");
    EXPECT_EQ(ask("127.0.0.1", 2001), "ECONNREFUSED");
    EXPECT_LT(pinned.remaining().size(), pinned.count()) << "no program was replaced";
}

TEST_F(LoadKeptTest, FailsNoCheck) {
    load(kWebA);
    const App app("app", "127.0.0.1", 1000);
    int checks = 0;

    for (int i = 0; i < 5; ++i) {
        Process keeping(keep_command());
        for (; keeping.is_running(); ++checks) ASSERT_EQ(ask("127.0.0.1", 2000), "app");
        EXPECT_EQ(keeping.wait().status, 0);
    }

    EXPECT_GT(checks, 5);
    EXPECT_EQ(zdr().redirected("webA"), checks);
}

// One that is up now, and was not chosen, is not added.
TEST_F(LoadKeptTest, LeavesTheInterfacesAsTheyWereChosen) {
    const auto add_bridge = [](const std::string& name) {
        ASSERT_EQ(run({"ip", "link", "add", name, "type", "bridge"}).status, 0);
        ASSERT_EQ(run({"ip", "link", "set", name, "up"}).status, 0);
    };
    add_bridge("zdrbr1");
    add_bridge("zdrbr2");
    load(kWebA);
    const auto chosen = interfaces();
    ASSERT_EQ(chosen.size(), 2U);
    add_bridge("zdrbr3");

    ASSERT_EQ(keep().status, 0);
    EXPECT_EQ(interfaces(), chosen);

    ASSERT_EQ(run({"ip", "link", "delete", "zdrbr1"}).status, 0);
    const Output output = keep();
    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(interfaces().size(), 1U) << "the one that is gone";

    load("rewriting = off\n" + std::string(kWebA));
    ASSERT_EQ(keep().status, 0);
    EXPECT_TRUE(interfaces().empty());
}

TEST_F(LoadKeptTest, LeavesTheCgroup) {
    const std::string inner = sandbox().cgroup() + "/inner";
    ASSERT_TRUE(std::filesystem::create_directory(inner));
    zdr().configure("cgroup = " + inner + "\n" + std::string(kWebA));
    ASSERT_EQ(
        run({ZdrPrograms::loader_path(), "load", "-c", zdr().config(), "--state-dir", sandbox().state_dir()}).status,
        0);

    const Output output = keep();

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(table().cgroup(), inner);
    unload();
    std::filesystem::remove(inner);
    expect_nothing_left();
}

TEST_F(LoadKeptTest, NeedsSomethingThatIsLoaded) {
    expect_failure(keep(), 3, "zdr is not loaded at " + sandbox().state_dir());
    EXPECT_FALSE(std::filesystem::exists(sandbox().state_dir()));

    load(kWebA);
    for (const Command& other :
         {Command{"-c", zdr().config()}, Command{"--cgroup", "auto"}, Command{"--interface", "lo"}})
        expect_failure(keep(other), 2, "--keep takes no --config, --cgroup or --interface");
}

}  // namespace
}  // namespace zdr::test
