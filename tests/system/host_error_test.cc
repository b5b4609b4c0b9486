// A host that is not as zdr needs it: load says why in one sentence and leaves everything as it was.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/app.h"
#include "support/deadline.h"
#include "support/kernel_objects.h"
#include "support/namespace.h"
#include "support/net.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

class HostErrorTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (!IsSkipped() && !HasFatalFailure()) zdr().configure(kWebA);
    }
    void expect_no_kernel_objects() const {
        EXPECT_TRUE(eventually([&] { return kernel_objects(sandbox()).empty(); }));
    }
};

TEST_F(HostErrorTest, StateDirectoryIsAFile) {
    std::ofstream(sandbox().state_dir()) << "mine";

    expect_refusal(zdr().load(), 1);

    EXPECT_EQ(std::filesystem::file_size(sandbox().state_dir()), 4U);
    expect_no_kernel_objects();
}

TEST_F(HostErrorTest, StateDirectoryIsASymlink) {
    const std::string target = sandbox().directory() + "/elsewhere";
    std::filesystem::create_directory(target);
    std::filesystem::create_symlink(target, sandbox().state_dir());

    expect_refusal(zdr().load(), 1);

    EXPECT_TRUE(std::filesystem::is_symlink(sandbox().state_dir()));
    EXPECT_TRUE(std::filesystem::is_empty(target));
    expect_no_kernel_objects();
}

TEST_F(HostErrorTest, StateDirectoryHoldsOtherFiles) {
    std::filesystem::create_directory(sandbox().state_dir());
    std::ofstream(sandbox().state_dir() + "/precious") << "mine";

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("precious"), std::string::npos) << output.err;
    EXPECT_TRUE(std::filesystem::exists(sandbox().state_dir() + "/precious"));
    expect_no_kernel_objects();
}

TEST_F(HostErrorTest, StateDirectoryIsAnotherBpffsWithPins) {
    const std::string pin = sandbox().state_dir() + "/theirs";
    std::filesystem::create_directory(sandbox().state_dir());
    ASSERT_EQ(mount("theirs", sandbox().state_dir().c_str(), "bpf", 0, nullptr), 0);
    ASSERT_EQ(
        run({"bpftool", "map", "create", pin, "type", "array", "key", "4", "value", "4", "entries", "1", "name", "x"})
            .status,
        0);

    expect_refusal(zdr().load(), 1);
    EXPECT_EQ(zdr().unload().status, 0);

    EXPECT_TRUE(std::filesystem::exists(pin));
    expect_no_kernel_objects();
}

TEST_F(HostErrorTest, StateDirectoryIsAnotherBpffsWithoutPins) {
    std::filesystem::create_directory(sandbox().state_dir());
    ASSERT_EQ(mount("theirs", sandbox().state_dir().c_str(), "bpf", 0, nullptr), 0);

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_TRUE(contains(output.err, " is a BPF file system that is not zdr's; choose another")) << output.err;
    EXPECT_EQ(umount(sandbox().state_dir().c_str()), 0);
    std::filesystem::remove(sandbox().state_dir());
    expect_nothing_left();
}

TEST_F(HostErrorTest, EmptyStateDirectoryOfSomebodyElseIsUsedAndStays) {
    std::filesystem::create_directory(sandbox().state_dir());

    load(kWebA);
    unload();
    unload();

    EXPECT_TRUE(std::filesystem::is_empty(sandbox().state_dir()));
    std::filesystem::remove(sandbox().state_dir());
    expect_nothing_left();
}

// Who may rename a directory above it puts another one in its place, and has root mount there and give it rights.
TEST_F(HostErrorTest, StateDirectoryIsInReachOfOthersThanRoot) {
    constexpr uid_t kNobody = 65534;
    const std::string above = sandbox().directory() + "/theirs";
    ASSERT_TRUE(std::filesystem::create_directory(above));
    const ZdrPrograms programs(above, sandbox().cgroup());
    programs.configure(kWebA);
    const auto expect_refused = [&](const std::string& why) {
        const Output output = programs.load();
        expect_refusal(output, 1);
        EXPECT_TRUE(contains(output.err, why)) << output.err;
        EXPECT_FALSE(std::filesystem::exists(above + "/state/live"));
        expect_no_kernel_objects();
    };
    const auto own = [](const std::string& path, uid_t user, gid_t group, mode_t mode) {
        ASSERT_EQ(chown(path.c_str(), user, group), 0);
        ASSERT_EQ(chmod(path.c_str(), mode), 0);
    };

    own(above, kNobody, 0, 0755);
    expect_refused(above + " belongs to user 65534, who could put another directory there");
    EXPECT_FALSE(std::filesystem::exists(above + "/state"));
    own(above, 0, kNobody, 0775);
    expect_refused("others than root may write in " + above + ", and could");
    own(above, 0, 0, 0757);
    expect_refused("others than root may write in " + above + ", and could");
    own(above, 0, 0, 0755);
    ASSERT_TRUE(std::filesystem::create_directory(above + "/state"));
    own(above + "/state", kNobody, 0, 0755);
    expect_refused(above + "/state belongs to user 65534");

    // Below /tmp, say.
    own(above, 0, 0, 01777);
    own(above + "/state", 0, 0, 0755);
    EXPECT_EQ(programs.load().status, 0);
    EXPECT_EQ(programs.unload().status, 0);
}

TEST_F(HostErrorTest, CgroupIsNoCgroup) {
    const Output output = run({ZdrPrograms::loader_path(), "load", "-c", zdr().config(), "--state-dir",
                               sandbox().state_dir(), "--cgroup", sandbox().directory()});

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("cgroup"), std::string::npos) << output.err;
    expect_nothing_left();
}

TEST_F(HostErrorTest, CgroupIsNotThere) {
    expect_refusal(run({ZdrPrograms::loader_path(), "load", "-c", zdr().config(), "--state-dir", sandbox().state_dir(),
                        "--cgroup", sandbox().cgroup() + "/nowhere"}),
                   1);

    expect_nothing_left();
}

TEST_F(HostErrorTest, LoopbackIsDown) {
    ip({"link", "set", "lo", "down"});

    const Output output = zdr().load();

    expect_refusal(output, 1);
    EXPECT_NE(output.err.find("prove the redirect"), std::string::npos) << output.err;
    expect_nothing_left();
    ip({"link", "set", "lo", "up"});
    load(kWebA);
}

TEST_F(HostErrorTest, LoopbackIsDownAtARepeatedLoad) {
    load(kWebA);
    flip("drain", "webA");
    const std::string before = zdr().status();
    const auto objects = kernel_objects(sandbox());
    zdr().configure("[server.webB]\nport = 1001\nstatus-port = 2001\n");
    ip({"link", "set", "lo", "down"});

    expect_refusal(zdr().load(), 1);

    EXPECT_EQ(zdr().status(), before);
    EXPECT_TRUE(eventually([&] { return kernel_objects(sandbox()) == objects; })) << "the programs of before";
    ip({"link", "set", "lo", "up"});
    const App app("app", "127.0.0.1", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    flip("ready", "webA");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    unload();
    expect_nothing_left();
}

}  // namespace
}  // namespace zdr::test
