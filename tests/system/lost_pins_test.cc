// What somebody has removed by hand, and a state directory that cannot be reached: it is said, and a load puts it back.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "support/app.h"
#include "support/net.h"
#include "support/process.h"
#include "support/system_test.h"
#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/map_table.h"

namespace zdr::test {
namespace {

class LostPinsTest : public SystemTest {
  protected:
    std::string live() const { return sandbox().state_dir() + "/live/"; }
    // Another state directory beside this one's.
    Command load_at(const std::string& state_dir) const {
        Command out = zdr().load_command();
        for (std::string& word : out)
            if (word == sandbox().state_dir()) word = state_dir;
        return out;
    }
};

TEST_F(LostPinsTest, AMapThatSomebodyRemovedIsPutBack) {
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    must_run(zdr().ctl({"drain", "webA", "--no-wait", "--force", "--reason", "kept"}));
    for (const MapSpec& map : kPinnedMaps) {
        const std::string pin = sandbox().state_dir() + "/live/" + map.name;
        ASSERT_EQ(unlink(pin.c_str()), 0) << map.name;

        load(kWebA);

        EXPECT_EQ(access(pin.c_str(), F_OK), 0) << map.name;
        EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED") << map.name;
        EXPECT_TRUE(contains(zdr().status(), "\"reason\": \"kept\"")) << map.name;
    }
    flip("ready", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    unload();
    expect_nothing_left();
}

TEST_F(LostPinsTest, AHookThatSomebodyRemovedIsNamedAndPutBack) {
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    for (const char* hook : kHooksOfEveryLoad) {
        ASSERT_EQ(unlink((live() + hook).c_str()), 0) << hook;
        const std::string where = hook == std::string("lookup") ? "hook sk_lookup at netns" : "hook cgroup at ";

        const Output status = run(zdr().ctl({"status"}));

        EXPECT_EQ(status.status, 0);
        EXPECT_TRUE(contains(status.err, where)) << hook << ": " << status.err;
        EXPECT_TRUE(contains(status.err, "was removed by somebody else; zdr-loader load --state-dir " +
                                             sandbox().state_dir() + " puts it back"))
            << status.err;
        EXPECT_TRUE(contains(run(zdr().ctl({"doctor"})).out, "id:  hook-removed")) << hook;

        load(kWebA);

        EXPECT_EQ(run(zdr().ctl({"status"})).err, "") << hook;
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << hook;
    }
    unload();
    expect_nothing_left();
}

TEST_F(LostPinsTest, ASecondStateDirectoryForTheSameHooksIsRefused) {
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    const std::string second = sandbox().state_dir() + "-second";

    const Output output = run(load_at(second));

    expect_refusal(output, 1);
    EXPECT_TRUE(contains(output.err, "another zdr serves this cgroup (program ")) << output.err;
    EXPECT_TRUE(contains(output.err, "; run zdr-loader unload --state-dir " + sandbox().state_dir() + " first"))
        << output.err;
    EXPECT_NE(access(second.c_str(), F_OK), 0) << "nothing is left of it";
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(LostPinsTest, AStateDirectoryOfAnotherNetworkNamespaceIsNotTakenOver) {
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    const Command there{"unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""};

    const Output output = run(there + zdr().load_command());

    expect_refusal(output, 1);
    EXPECT_TRUE(contains(output.err, "serves another network namespace; use another --state-dir")) << output.err;
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(LostPinsTest, ACoveredStateDirectoryIsNamedAsThat) {
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    const std::string dir = sandbox().state_dir();
    ASSERT_EQ(mount("none", dir.c_str(), "tmpfs", 0, nullptr), 0);
    EXPECT_EQ(run(zdr().ctl({"status"})).status, 3);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_TRUE(contains(output.err, "is covered by another mount: umount " + dir + ", and load again")) << output.err;
    EXPECT_EQ(ask("127.0.0.1", 2000), "app") << "what is loaded goes on";
    ASSERT_EQ(umount(dir.c_str()), 0);
    load(kWebA);
    unload();
    expect_nothing_left();
}

TEST_F(LostPinsTest, AnUnmountedStateDirectoryTakesTheHooksWithIt) {
    const App app("app", "127.0.0.1", 1000);
    load(kWebA);
    ASSERT_EQ(umount(sandbox().state_dir().c_str()), 0);
    EXPECT_EQ(run(zdr().ctl({"status"})).status, 3);

    load(kWebA);

    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    unload();
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
