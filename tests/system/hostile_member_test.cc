// What a member of the group can do to the maps and the lock, and that it stops nobody: another member, nor root.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "group_member.h"
#include "support/app.h"
#include "support/deadline.h"
#include "support/net.h"
#include "support/process.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/server_record.h"
#include "zdr_abi.h"

namespace zdr::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kAtMost(10);
const char* const kOfStates[] = {ZDR_MAP_STATES_A, ZDR_MAP_STATES_B};
const char* const kOfFlips[] = {ZDR_MAP_FLIPS_A, ZDR_MAP_FLIPS_B};

class HostileMemberTest : public GroupTest {
  protected:
    void SetUp() override {
        GroupTest::SetUp();
        if (!IsSkipped() && !HasFatalFailure()) app_.emplace("app", "127.0.0.1", 1000);  // in the sandbox's network
    }
    // Each within kAtMost, and heeded by the programs; returns what they said.
    std::string expect_everybody_works() {
        std::string said;
        const auto in_time = [&](const Command& command) {
            const auto began = std::chrono::steady_clock::now();
            const Output output = run(command);
            EXPECT_EQ(output.status, 0) << command[1] << ": " << output.err;
            EXPECT_LT(std::chrono::steady_clock::now() - began, stretched(kAtMost)) << output.err;
            said += output.err;
        };
        in_time(command_of_nobody(kGroup, zdr().ctl({"drain", "webA", "--no-wait", "--force"})));
        EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
        in_time(zdr().ctl({"ready", "webA", "--no-wait"}));
        EXPECT_EQ(ask("127.0.0.1", 2000), "app");
        in_time(zdr().ctl({"drain", "webA", "--no-wait", "--force"}));
        in_time(zdr().load_command());
        EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
        in_time(command_of_nobody(kGroup, zdr().ctl({"ready", "webA", "--no-wait"})));
        EXPECT_EQ(ask("127.0.0.1", 2000), "app");
        return said;
    }

    // By root, at run time and by a load.
    void expect_servers_can_change() {
        const std::string of_group = "group = " + std::string(kGroup) + "\n";
        const auto add = [&](const std::string& name, const std::string& start) {
            must_run(zdr().ctl(
                {"add", name, "--address", "127.0.0.1", "--port", "1000", "--status-port", "2001", "--start", start}));
        };
        must_run(zdr().ctl({"drain", "webA", "--no-wait", "--force"}));
        add("webB", "drain");
        EXPECT_EQ(ask("127.0.0.1", 2001), "ECONNREFUSED");
        must_run(zdr().ctl({"remove", "webB"}));
        add("webC", "ready");
        EXPECT_EQ(ask("127.0.0.1", 2001), "app");
        load(of_group + "[server.webB]\naddress = 127.0.0.1\nport = 1000\nstatus-port = 2001\nstart = drain\n");
        EXPECT_EQ(ask("127.0.0.1", 2001), "ECONNREFUSED");
        load(of_group + std::string(kWebA));
        EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    }

    // Whether somebody holds it within some time.
    static bool is_locked_soon(const std::string& file) {
        return eventually([&] { return run({"flock", "--nonblock", file, "true"}).status != 0; });
    }

    std::optional<App> app_;
};

// As a member.
int freeze(const std::string& pin) {
    return as_nobody(kGroup, [&] {
        const int map = bpf_obj_get(pin.c_str());
        if (map < 0) return 255;
        return bpf_map_freeze(map) == 0 ? 0 : errno;
    });
}

TEST_F(HostileMemberTest, CannotFreezeTheStates) {
    for (const char* map : kOfStates) EXPECT_NE(freeze(pin(map)), 0) << map;

    expect_everybody_works();
}

TEST_F(HostileMemberTest, WhoFreezesWhoAndWhyKeepsNobodyFromAFlip) {
    for (const char* map : kOfFlips) freeze(pin(map));  // older kernels let only root freeze

    expect_everybody_works();
    EXPECT_EQ(expect_everybody_works(),
              "webA: drain (was ready)\nwebA: ready (was drain)\nwebA: drain (was ready)\n"
              "zdr-loader: 1 server\nwebA: ready (was drain)\n")
        << "a load has made the table anew";
}

// Whether every slot that is no server's has a record of maint now, and no slot beyond them.
int fill_states(const std::string& pin) {
    return as_nobody(kGroup, [&] {
        const int map = bpf_obj_get(pin.c_str());
        const zdr_state junk{
            .lock = {}, .state = ZDR_MAINT, .flags = 0, .flip = 0xffff, .expires_boot_ms = 0, .active_port = 0};
        for (const __u32 slot : {__u32{ZDR_MAX_SERVERS}, ~__u32{0}})
            if (bpf_map_update_elem(map, &slot, &junk, BPF_ANY) == 0) return 1;
        for (__u32 slot = 1; slot < ZDR_MAX_SERVERS; ++slot)
            if (bpf_map_update_elem(map, &slot, &junk, BPF_ANY) != 0) return 2;
        return 0;
    });
}

// Whether nothing fits in there any more.
int fill_flips(const std::string& pin) {
    return as_nobody(kGroup, [&] {
        const int map = bpf_obj_get(pin.c_str());
        const zdr_flip flip{};
        for (__u32 slot = ZDR_MAX_SERVERS;; ++slot) {
            const zdr_slot_key key = slot_key(slot);
            if (bpf_map_update_elem(map, &key, &flip, BPF_ANY) != 0) return errno == ENOSPC ? 0 : errno;
        }
    });
}

TEST_F(HostileMemberTest, WhoFreezesWhoAndWhyKeepsNobodyFromOtherServers) {
    for (const char* map : kOfFlips) freeze(pin(map));

    expect_servers_can_change();
}

TEST_F(HostileMemberTest, WhoFillsWhoAndWhyKeepsNobodyFromOtherServers) {
    ASSERT_EQ(fill_flips(pin(ZDR_MAP_FLIPS_A)), 0);

    expect_servers_can_change();
}

TEST_F(HostileMemberTest, CannotFillTheStatesAndWhoFillsWhoAndWhyIsCleanedUpAfter) {
    ASSERT_EQ(fill_states(pin(ZDR_MAP_STATES_A)), 0);
    ASSERT_EQ(fill_flips(pin(ZDR_MAP_FLIPS_A)), 0);

    const std::string said = expect_everybody_works();

    EXPECT_TRUE(contains(said, "who flips webA and why cannot be kept (write ")) << said;
    EXPECT_TRUE(contains(said, "zdr-loader load --state-dir " + sandbox().state_dir() + " makes room")) << said;
    const std::string after = expect_everybody_works();
    EXPECT_FALSE(contains(after, "cannot be kept")) << "a load has made room: " << after;
}

TEST_F(HostileMemberTest, WhatIsWrittenBeyondTheServersConcernsNoServerAndNoLoad) {
    ASSERT_EQ(fill_states(pin(ZDR_MAP_STATES_A)), 0);
    ASSERT_EQ(fill_flips(pin(ZDR_MAP_FLIPS_A)), 0);

    must_run(zdr().ctl({"add", "webB", "--address", "127.0.0.1", "--port", "1000", "--status-port", "2001"}));
    EXPECT_EQ(zdr().state("webB"), "ready") << "whatever was in its slot";
    EXPECT_EQ(ask("127.0.0.1", 2001), "app");
    const Output loaded = zdr().load();  // which proves itself by a connection
    EXPECT_EQ(loaded.status, 0) << loaded.err;
}

// Whether no state can be deleted, and who and why can.
int empty(const std::string& states, const std::string& flips) {
    return as_nobody(kGroup, [&] {
        const int state_map = bpf_obj_get(states.c_str());
        const int flip_map = bpf_obj_get(flips.c_str());
        for (__u32 slot = 0; slot < ZDR_MAX_SERVERS; ++slot)
            if (bpf_map_delete_elem(state_map, &slot) == 0) return 1;
        const zdr_slot_key of_web_a = slot_key(0);
        return bpf_map_delete_elem(flip_map, &of_web_a) == 0 ? 0 : errno;
    });
}

TEST_F(HostileMemberTest, CannotEmptyTheStatesAndWhoEmptiesWhoAndWhyCostsNoVerdict) {
    must_run(zdr().ctl({"drain", "webA", "--no-wait", "--force", "--reason", "release 42"}));

    ASSERT_EQ(empty(pin(ZDR_MAP_STATES_A), pin(ZDR_MAP_FLIPS_A)), 0);

    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_FALSE(contains(zdr().status(), "release 42"));
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    expect_everybody_works();
}

TEST_F(HostileMemberTest, AnUnknownStateIsReadyToEverybody) {
    ASSERT_EQ(as_nobody(kGroup,
                        [&] {
                            const int map = bpf_obj_get(pin(ZDR_MAP_STATES_A).c_str());
                            const __u32 slot = 0;
                            const zdr_state junk{
                                .lock = {}, .state = 77, .flags = 0, .flip = 5, .expires_boot_ms = 0, .active_port = 0};
                            return bpf_map_update_elem(map, &slot, &junk, BPF_ANY) == 0 ? 0 : errno;
                        }),
              0);

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    expect_everybody_works();
}

TEST_F(HostileMemberTest, ALockThatIsNeverGivenBackIsPassedOver) {
    const Process thief(command_of_nobody(kGroup, {"flock", sandbox().state_dir(), "sleep", "1000"}));
    ASSERT_TRUE(is_locked_soon(sandbox().state_dir()));

    const std::string said = expect_everybody_works();

    EXPECT_TRUE(contains(said, "flock (process ")) << said;
    EXPECT_TRUE(contains(said, " has the lock of " + sandbox().state_dir() + " and does not give it back")) << said;
    const Output status = run(command_of_nobody(kGroup, zdr().ctl({"status"})));
    EXPECT_EQ(status.status, 0) << status.err;
    EXPECT_EQ(run(zdr().loader({"unload"})).status, 0);
    expect_nothing_left();
}

// The lock stays with the child, and /proc/locks names its parent, which has ended.
TEST_F(HostileMemberTest, ALockThatWasLeftBehindIsPassedOver) {
    const Process thief(command_of_nobody(
        kGroup, {"sh", "-c", "exec 9<\"$0\"; flock 9; sh -c 'sleep 1000 & wait' & exit 0", sandbox().state_dir()}));
    ASSERT_TRUE(is_locked_soon(sandbox().state_dir()));

    expect_everybody_works();
}

// As su(1) and others, which any account may run, and which wait for a password then.
TEST_F(HostileMemberTest, ALockOfAProcessThatBecameAProgramOfRootsIsPassedOver) {
    const std::string program = sandbox().directory() + "/su";
    std::filesystem::copy_file("/bin/sleep", program);
    ASSERT_EQ(chmod(program.c_str(), 04755), 0);
    const Process thief(command_of_nobody(kGroup, {"flock", "--no-fork", sandbox().state_dir(), program, "1000"}));
    const std::string its_program = "/proc/" + std::to_string(thief.pid()) + "/exe";
    ASSERT_TRUE(eventually([&] { return std::filesystem::read_symlink(its_program) == program; }));
    ASSERT_NE(run({"flock", "--nonblock", sandbox().state_dir(), "true"}).status, 0);

    expect_everybody_works();
}

TEST_F(HostileMemberTest, NobodyPassesOverRootsOwnLock) {
    const std::string own = sandbox().state_dir() + "/root";
    EXPECT_NE(run(command_of_nobody(kGroup, {"flock", "--nonblock", own, "true"})).status, 0);
    const Process thief(command_of_nobody(kGroup, {"flock", sandbox().state_dir(), "sleep", "1000"}));
    ASSERT_TRUE(is_locked_soon(sandbox().state_dir()));
    Process root({"flock", "--no-fork", own, "sleep", "1000"});
    ASSERT_TRUE(is_locked_soon(own));

    Process member(command_of_nobody(kGroup, zdr().ctl({"drain", "webA", "--no-wait", "--force"})));
    std::this_thread::sleep_for(5s);  // for longer than one waits for a stranger

    EXPECT_TRUE(member.is_running());
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    root.signal(SIGKILL);
    (void)root.wait();
    EXPECT_EQ(member.wait().status, 0);
}

TEST_F(HostileMemberTest, RootAtWorkIsWaitedForByThoseWhoPassOverAMembersLock) {
    const std::string own = sandbox().state_dir() + "/root";
    const Process thief(command_of_nobody(kGroup, {"flock", sandbox().state_dir(), "sleep", "1000"}));
    ASSERT_TRUE(is_locked_soon(sandbox().state_dir()));
    Process root(zdr().load_command());  // which waits for the thief now
    ASSERT_TRUE(is_locked_soon(own));
    root.signal(SIGSTOP);

    Process member(command_of_nobody(kGroup, zdr().ctl({"drain", "webA", "--no-wait", "--force"})));
    std::this_thread::sleep_for(5s);  // for longer than one waits for a stranger

    EXPECT_TRUE(member.is_running());
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
    root.signal(SIGCONT);
    EXPECT_EQ(root.wait().status, 0);
    EXPECT_EQ(member.wait().status, 0);
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
}

TEST_F(HostileMemberTest, AForgedHolderIsPassedOverByForce) {
    ASSERT_EQ(
        as_nobody(
            kGroup,
            [&] {
                const int states = bpf_obj_get(pin(ZDR_MAP_STATES_A).c_str());
                const int flips = bpf_obj_get(pin(ZDR_MAP_FLIPS_A).c_str());
                const __u32 slot = 0;
                const zdr_slot_key key = slot_key(slot);
                const zdr_state state{
                    .lock = {}, .state = ZDR_DRAIN, .flags = 0, .flip = 9, .expires_boot_ms = 0, .active_port = 0};
                zdr_flip flip{};
                flip.flip = 9;
                flip.since_boot_ns = 1;
                flip.holder_pid = 1;
                flip.holder_pid_ns = 1;  // another namespace: nobody can tell whether it lives
                return bpf_map_update_elem(flips, &key, &flip, BPF_ANY) == 0 &&
                               bpf_map_update_elem(states, &slot, &state, BPF_ANY) == 0
                           ? 0
                           : errno;
            }),
        0);
    const auto restart = [&](const Command& more) {
        return run(zdr().ctl(Command{"restart", "webA", "--keep-process", "--unchecked"} + more) +
                   Command{"--", "true"});
    };

    const Output refused = restart({});

    EXPECT_EQ(refused.status, 5) << refused.err;
    EXPECT_TRUE(contains(refused.err, "--force")) << refused.err;
    EXPECT_EQ(restart({"--force"}).status, 0);
    expect_everybody_works();
}

TEST_F(HostileMemberTest, ADescriptorThatWasKeptIsWorthlessAfterALoad) {
    for (const int loads : {1, 2, 3}) {
        UniqueFd kept[] = {UniqueFd(bpf_obj_get(pin(ZDR_MAP_STATES_A).c_str())),
                           UniqueFd(bpf_obj_get(pin(ZDR_MAP_STATES_B).c_str()))};
        must_run(zdr().load_command());

        const __u32 slot = 0;
        const zdr_state maint{
            .lock = {}, .state = ZDR_MAINT, .flags = 0, .flip = 1, .expires_boot_ms = 0, .active_port = 0};
        for (const UniqueFd& map : kept) EXPECT_EQ(bpf_map_update_elem(map.get(), &slot, &maint, BPF_ANY), 0);

        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << loads;
        EXPECT_EQ(zdr().state("webA"), "ready") << loads;
        must_run(zdr().load_command());
        EXPECT_EQ(ask("127.0.0.1", 2000), "app") << "nor does the next load take it over";
    }
}

// Where the last flips are kept, every member may write.

}  // namespace
}  // namespace zdr::test
