// Who may do what: root, the group, and everybody else. Each case runs in a child that gives its rights up.
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "child.h"
#include "support/seccomp.h"
#include "table_test.h"
#include "zdr/base/group.h"

namespace zdr::test {
namespace {

constexpr uid_t kNobody = 65534;
constexpr gid_t kNobodysGroup = 65534;
constexpr gid_t kGroup = 54321;  // any that nobody has

const std::string kRemedy = "run as root; or have root run zdr-loader load";

class RightsTest : public TableTest {
  protected:
    void SetUp() override {
        create({.group = kGroup});
        if (table) add_three();
    }
    // The exit status of zdrctl, run by a user of that group; what it says goes to err().
    int run_as(gid_t group, const std::vector<std::string>& args) {
        int ends[2];
        if (pipe(ends) != 0) return -2;
        UniqueFd reader(ends[0]);
        UniqueFd writer(ends[1]);
        Child child([&] {
            if (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(kNobody) != 0) return 99;
            const int exit_status = run(args);
            const auto size = env.err_text.size();
            return write(writer.get(), env.err_text.data(), size) == static_cast<ssize_t>(size) ? exit_status : 98;
        });
        const int exit_status = child.wait();
        writer.reset();
        char text[4096];
        const ssize_t size = read(reader.get(), text, sizeof text);
        said = std::string(text, static_cast<std::size_t>(size < 0 ? 0 : size));
        return exit_status;
    }
    std::string said;
};

TEST_F(RightsTest, OthersMayNotEvenLookAndAreToldTheRemedy) {
    for (const std::string command : {"status", "drain", "maint", "ready"}) {
        EXPECT_EQ(run_as(kNobodysGroup, {command, "webA"}), 7);
        EXPECT_NE(said.find("Permission denied; " + kRemedy), std::string::npos) << said;
    }
    EXPECT_FALSE(table->state(0));
}

TEST_F(RightsTest, TheGroupLooksAndFlips) {
    EXPECT_EQ(run_as(kGroup, {"status"}), 0) << said;
    EXPECT_EQ(run_as(kGroup, {"drain", "webA", "--no-wait"}), 0) << said;
    EXPECT_EQ(said, "webA: drain (was ready)\n");
    EXPECT_EQ(state_of(0), "drain");
    EXPECT_EQ(run_as(kGroup, {"ready", "webA", "--no-wait"}), 0) << said;
}

TEST_F(RightsTest, APinThatTheUserMayOnlyReadIsForStatusOnly) {
    ASSERT_EQ(chmod(table->pin(ZDR_MAP_STATES_A).c_str(), 0640), 0);

    EXPECT_EQ(run_as(kGroup, {"status"}), 0) << said;
    EXPECT_EQ(run_as(kGroup, {"drain", "webA"}), 7);
    EXPECT_NE(said.find("; " + kRemedy), std::string::npos) << said;
}

TEST_F(RightsTest, APathToALockedDirectoryIsNotPermitted) {
    ASSERT_EQ(chmod((table->path() + "/live").c_str(), 0700), 0);

    EXPECT_EQ(run_as(kGroup, {"status"}), 7);
    EXPECT_NE(said.find("; " + kRemedy), std::string::npos) << said;
}

// What a load without the group leaves: all of it is root's.
class RightsWithoutGroupTest : public RightsTest {
  protected:
    void SetUp() override {
        create({.group = 0});
        if (table) add_three();
    }
};

TEST_F(RightsWithoutGroupTest, WhereTheGroupCameAfterTheLoadTheRemedyIsALoad) {
    const bool is_there = find_group(kDefaultGroup).has_value();

    EXPECT_EQ(run_as(kNobodysGroup, {"status"}), 7);

    const std::string load = "zdr-loader load --state-dir " + table->path();
    EXPECT_NE(said.find(is_there ? "run as root; or have root run " + load + ": group zdr was made after the last load"
                                 : "name a group that is there in zdr.conf, join it, and have root run " + load),
              std::string::npos)
        << said;
}

TEST_F(RightsTest, WhereTheKernelDeniesBpfTheGroupIsNotTheRemedy) {
    const std::string why = "only root may use bpf() here: before Linux 5.19, or by a container's seccomp filter";
    Child child([&] {
        if (!deny_call(SYS_bpf, EPERM)) return 99;
        const int exit_status = run({"status"});
        const bool is_said = env.err_text.find(why) != env.err_text.npos;
        return is_said && env.err_text.find("join group") == env.err_text.npos ? exit_status : 98;
    });

    EXPECT_EQ(child.wait(), 7);
}

TEST(ProcessUser, IsWhoCalledSudo) {
    ASSERT_EQ(setenv("SUDO_USER", "deploy", 1), 0);
    const auto through_sudo = ctl::ProcessEnv().user();
    ASSERT_EQ(unsetenv("SUDO_USER"), 0);
    const auto direct = ctl::ProcessEnv().user();

    EXPECT_EQ(direct.uid, getuid());
    EXPECT_EQ(through_sudo.uid, getuid());
    if (getuid() == 0) {
        EXPECT_EQ(through_sudo.name, "deploy");
        EXPECT_EQ(direct.name, "root");
    }
}

TEST_F(RightsTest, AnotherUserCannotPoseAsOneThroughSudo) {
    Child child([] {
        if (setenv("SUDO_USER", "somebody", 1) != 0 || setuid(kNobody) != 0) return 99;
        return ctl::ProcessEnv().user().name == "nobody" ? 0 : 1;
    });

    EXPECT_EQ(child.wait(), 0);
}

TEST_F(RightsTest, AUserWithoutANameIsANumber) {
    Child child([] {
        if (setuid(54321) != 0) return 99;
        return ctl::ProcessEnv().user().name == "54321" ? 0 : 1;
    });

    EXPECT_EQ(child.wait(), 0);
}

}  // namespace
}  // namespace zdr::test
