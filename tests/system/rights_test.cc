// Who may what: root everything, the group flips states and nothing else, others nothing.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string_view>

#include "group_member.h"
#include "support/app.h"
#include "support/net.h"
#include "zdr/kernel/map_table.h"

namespace zdr::test {
namespace {

constexpr std::string_view kOfTheGroup[] = {ZDR_MAP_STATES_A, ZDR_MAP_STATES_B, ZDR_MAP_FLIPS_A, ZDR_MAP_FLIPS_B};

using RightsTest = GroupTest;

// The errno of opening a pin as the user nobody in a group: 0 where it opens.
int open_as_nobody(const std::string& group, const std::string& pin, unsigned flags) {
    return as_nobody(group, [&] {
        struct bpf_obj_get_opts options {};
        options.sz = sizeof options;
        options.file_flags = flags;
        return bpf_obj_get_opts(pin.c_str(), &options) >= 0 ? 0 : errno;
    });
}

TEST_F(RightsTest, WhatTheGroupFlipsOutlivesAReboot) {
    load("group = " + std::string(kGroup) + "\n" + std::string(kWebA) + "start = last\n");
    const auto flip_as_nobody = [&](const std::string& state) {
        const Output output = run_as_nobody(kGroup, zdr().ctl({state, "webA", "--no-wait"}));
        EXPECT_EQ(output.status, 0);
        EXPECT_FALSE(contains(output.err, "outlive")) << output.err;
    };
    flip_as_nobody("maint");
    flip("drain", "webA");  // root, and a member after it
    flip_as_nobody("maint");

    unload();
    load("group = " + std::string(kGroup) + "\n" + std::string(kWebA) + "start = last\n");

    EXPECT_EQ(zdr().state("webA"), "maint");
    EXPECT_TRUE(contains(zdr().status(), "\"nobody\"")) << zdr().status();
}

// Who writes there says in which state a server is after a reboot.
TEST_F(RightsTest, OthersWriteNoLastFlip) {
    load("group = " + std::string(kGroup) + "\n" + std::string(kWebA) + "start = last\n");
    flip("drain", "webA");
    const auto write_as_nobody = [](const std::string& group) {
        return as_nobody(group, [] {
            for (const auto& one : std::filesystem::directory_iterator("/var/lib/zdr"))
                if (open((one.path().string() + "/webB.json").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666) < 0)
                    return errno;
            return 0;
        });
    };

    EXPECT_EQ(write_as_nobody(kOtherGroup), EACCES);
    EXPECT_EQ(write_as_nobody(kGroup), 0);
}

TEST_F(RightsTest, GroupRestartsAndIsToldWhatItCannotSee) {
    load("group = " + std::string(kGroup) + "\n" + std::string(kWebA) + "inter = 50ms\n");
    const App app("app", "127.0.0.1", 1000);

    const Output output =
        run_as_nobody(kGroup, zdr().ctl({"restart", "webA", "--keep-listener", "--unchecked"}) + Command{"--", "true"});

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "webA: who listens on port 1000 cannot be seen from here")) << output.err;
}

TEST_F(RightsTest, GroupSeesAndFlips) {
    const App app("app", "127.0.0.1", 1000);

    // All that root sees, but whether somebody else removed a hook: only root may open links.
    const std::regex attached("\"attached\": true");
    EXPECT_EQ(run_as_nobody(kGroup, zdr().ctl({"status", "--json"})).out,
              std::regex_replace(zdr().status(), attached, "\"attached\": null"));
    const Output drained = run_as_nobody(kGroup, zdr().ctl({"drain", "webA", "--no-wait", "--force"}));

    EXPECT_EQ(drained.status, 0) << drained.err;
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_NE(zdr().status().find("\"by\": \"nobody\""), std::string::npos) << zdr().status();
    EXPECT_EQ(run_as_nobody(kGroup, zdr().ctl({"ready", "webA", "--no-wait"})).status, 0);
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(RightsTest, GroupCountsSessions) {
    const UniqueFd listener = std::move(listen_on("127.0.0.1", 1000).fd);
    const Attempt session = connect_to("127.0.0.1", 1000);
    ASSERT_EQ(send(session.fd.get(), "?", 1, 0), 1);  // owed an answer: active for as long as it takes
    const Attempt check = connect_to("127.0.0.1", 2000);

    const Output output = run_as_nobody(kGroup, zdr().ctl({"status", "--json"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_NE(output.out.find("\"active\": 1"), std::string::npos) << output.out;
}

TEST_F(RightsTest, GroupIsToldWhatDoctorCouldNotSee) {
    unload();
    const Attempt squatter = listen_on("127.0.0.1", 2000);
    const std::string config = "group = " + std::string(kGroup) + "\n" + std::string(kWebA);
    load(config + "replace-listener = yes\n");
    load(config);
    const App app("app", "127.0.0.1", 1000);
    const Attempt check = connect_to("127.0.0.1", 2000);

    const Output output = run_as_nobody(kGroup, zdr().ctl({"doctor", "-q"}));

    EXPECT_EQ(output.status, 1) << output.err;
    EXPECT_TRUE(output.out.starts_with("webA: something listens on its status port 2000 (a process of user 0)\n"))
        << output.out;
    EXPECT_NE(output.out.find("not looked at: whether somebody removed a hook: only root may know\n"),
              std::string::npos)
        << output.out;
    EXPECT_EQ(run_as_nobody(kOtherGroup, zdr().ctl({"doctor", "-q"})).status, 7);
}

TEST_F(RightsTest, GroupOpensTheStatesOnlyForWriting) {
    for (const std::string_view name : kOfTheGroup)
        EXPECT_EQ(open_as_nobody(kGroup, pin(std::string(name)), 0), 0) << name;

    for (const MapSpec& map : kPinnedMaps) {
        if (std::find(std::begin(kOfTheGroup), std::end(kOfTheGroup), map.name) != std::end(kOfTheGroup)) continue;
        EXPECT_EQ(open_as_nobody(kGroup, pin(map.name), 0), EACCES) << map.name;
    }
    for (const char* link : {"connect4", "connect6", "getpeername4", "getpeername6", "bind4", "bind6", "sessions"})
        EXPECT_EQ(open_as_nobody(kGroup, pin(link), 0), EACCES) << link;
}

TEST_F(RightsTest, GroupReadsWhatStatusShows) {
    for (const char* name : {"zdr_servers", "zdr_meta", "zdr_checks", "zdr_overflow", "zdr_state_a", "zdr_flips_a"})
        EXPECT_EQ(open_as_nobody(kGroup, pin(name), BPF_F_RDONLY), 0) << name;
    for (const char* name : {"zdr_redirects", "zdr_ports"})
        EXPECT_EQ(open_as_nobody(kGroup, pin(name), BPF_F_RDONLY), EACCES) << name;
}

TEST_F(RightsTest, GroupCannotLoadOrUnload) {
    const std::string before = zdr().status();

    expect_refusal(run_as_nobody(kGroup, zdr().load_command()), 7);
    expect_refusal(run_as_nobody(kGroup, zdr().loader({"unload"})), 7);

    EXPECT_EQ(zdr().status(), before);
}

TEST_F(RightsTest, GroupCannotRemoveOrAddPins) {
    const auto as_group = [&](const Command& command) {
        return run(Command{"setpriv", "--reuid", "nobody", "--regid", kGroup, "--clear-groups"} + command).status;
    };

    EXPECT_NE(as_group({"rm", "-f", pin("zdr_state_a")}), 0);
    EXPECT_NE(as_group({"mkdir", pin("mine")}), 0);
    EXPECT_NE(as_group({"mv", sandbox().state_dir() + "/live", sandbox().state_dir() + "/dead"}), 0);

    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(RightsTest, OthersSeeAndFlipNothing) {
    const std::string before = zdr().status();

    for (const Command& command : {Command{"status"}, {"drain", "webA"}, {"ready", "webA"}}) {
        const Output output = run_as_nobody(kOtherGroup, zdr().ctl(command));

        expect_refusal(output, 7);
        EXPECT_NE(output.err.find("join group daemon or run as root"), std::string::npos) << output.err;
    }
    EXPECT_EQ(open_as_nobody(kOtherGroup, pin("zdr_state_a"), BPF_F_RDONLY), EACCES);
    for (const std::string& directory : {sandbox().state_dir(), sandbox().state_dir() + "/live"})
        EXPECT_EQ(as_nobody(kOtherGroup, [&] { return open(directory.c_str(), O_RDONLY) >= 0 ? 0 : errno; }), EACCES)
            << directory << ": whoever opens it can lock it";
    EXPECT_EQ(zdr().status(), before);
}

TEST_F(RightsTest, WithoutRootNothingCanBeLoaded) {
    unload();

    expect_refusal(run_as_nobody(kOtherGroup, zdr().load_command()), 7);
    expect_refusal(run_as_nobody(kOtherGroup, zdr().loader({"unload"})), 7);

    expect_nothing_left();
}

TEST_F(RightsTest, CheckSaysThatRightsAreMissing) {
    const Output output = run_as_nobody(kGroup, zdr().loader({"check"}));

    EXPECT_EQ(output.status, 1);
    EXPECT_NE(output.out.find("missing  rights"), std::string::npos) << output.out;
}

TEST_F(RightsTest, RepeatedLoadFollowsAChangedGroup) {
    load("group = " + std::string(kOtherGroup) + "\n" + std::string(kWebA));

    EXPECT_EQ(run_as_nobody(kOtherGroup, zdr().ctl({"drain", "webA", "--no-wait", "--force"})).status, 0);
    EXPECT_EQ(run_as_nobody(kGroup, zdr().ctl({"ready", "webA", "--no-wait"})).status, 7);
}

}  // namespace
}  // namespace zdr::test
