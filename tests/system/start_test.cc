// The key start: in which state a server begins.
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/app.h"
#include "support/net.h"
#include "support/seccomp.h"
#include "support/system_test.h"

namespace zdr::test {
namespace {

namespace fs = std::filesystem;

class StartTest : public SystemTest {
  protected:
    nlohmann::json server(std::size_t i = 0) const { return nlohmann::json::parse(zdr().status())["servers"][i]; }
    // Of a time as status has it; 0: there is none.
    static double seconds_of(const nlohmann::json& time) {
        std::tm parts{};
        if (!time.is_string() || strptime(time.get<std::string>().c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr) {
            ADD_FAILURE() << time;
            return 0;
        }
        return static_cast<double>(timegm(&parts));
    }
    // What the kernel has is gone, as after a power cut; unload had no chance.
    void cut_the_power() const {
        ASSERT_EQ(umount2(sandbox().state_dir().c_str(), MNT_DETACH), 0);
        fs::remove(sandbox().state_dir());
    }
    // The file that a server's last flip is in.
    static std::string file_of(const std::string& name) {
        for (const auto& one : fs::recursive_directory_iterator("/var/lib/zdr"))
            if (one.path().filename() == name + ".json") return one.path();
        return "";
    }
};

std::string starting(const std::string& start) {
    return std::string(kWebA) + "backup-status-port = 3000\nstart = " + start + "\n";
}

TEST_F(StartTest, ReadyIsReady) {
    load(starting("ready"));
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(ask("127.0.0.1", 2000), "app");
}

TEST_F(StartTest, DrainRefusesFromTheBeginning) {
    load(starting("drain"));
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(zdr().state("webA"), "drain");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 3000), "app");
}

TEST_F(StartTest, MaintRefusesFromTheBeginning) {
    load(starting("maint"));
    const App app("app", "127.0.0.1", 1000);

    EXPECT_EQ(zdr().state("webA"), "maint");
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
    EXPECT_EQ(ask("127.0.0.1", 3000), "ECONNREFUSED");
}

TEST_F(StartTest, IsForTheFirstLoadOnly) {
    load(starting("drain"));
    flip("ready", "webA");

    load(starting("drain"));

    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(StartTest, IsForAServerThatIsAddedToo) {
    load(kWebA);

    load(std::string(kWebA) + "[server.webB]\nport = 1001\nstatus-port = 2001\nstart = drain\n");

    EXPECT_EQ(zdr().state("webA"), "ready");
    EXPECT_EQ(zdr().state("webB"), "drain");
}

TEST_F(StartTest, LastIsReadyTheFirstTime) {
    load(starting("last"));

    EXPECT_EQ(zdr().state("webA"), "ready");
}

TEST_F(StartTest, LastOutlivesUnload) {
    for (const char* state : {"drain", "maint", "ready"}) {
        load(starting("last"));
        flip(state, "webA", {"--reason", "release 42"});

        unload();
        load(starting("last"));

        EXPECT_EQ(zdr().state("webA"), state);
        EXPECT_NE(zdr().status().find("release 42"), std::string::npos);
    }
}

TEST_F(StartTest, LastOutlivesAPowerCut) {
    load(starting("last"));
    for (const char* state : {"drain", "maint", "ready", "drain"}) {
        flip(state, "webA", {"--reason", "release 42"});
        const auto before = server();

        cut_the_power();
        load(starting("last"));

        for (const char* key : {"state", "since", "by", "reason"}) EXPECT_EQ(server()[key], before[key]) << key;
    }
    const App app("app", "127.0.0.1", 1000);
    EXPECT_EQ(ask("127.0.0.1", 2000), "ECONNREFUSED");
}

TEST_F(StartTest, ALeaseOfTheLastKeepsItsEnd) {
    load(starting("last"));
    flip("maint", "webA", {"--ttl", "1h"});
    const auto end = seconds_of(server()["expires"]);

    unload();
    load(starting("last"));
    EXPECT_EQ(server()["state"], "maint");
    EXPECT_NEAR(seconds_of(server()["expires"]), end, 2);

    flip("maint", "webA", {"--ttl", "1s"});
    cut_the_power();
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    load(starting("last"));
    EXPECT_EQ(server()["state"], "ready") << "it was over before the load";
}

TEST_F(StartTest, ALastThatIsBrokenIsSetAsideAndNobodyElseIsConcerned) {
    const std::string two = starting("last") + "[server.webB]\nport = 1001\nstatus-port = 2001\nstart = last\n";
    load(two);
    for (const char* name : {"webA", "webB"}) flip("drain", name);
    const std::string file = file_of("webA");
    ASSERT_NE(file, "");
    for (const char* text : {"", "{\"state\":\"dra", "{\"state\":5}", "[]"}) {
        std::ofstream(file) << text;
        cut_the_power();

        const Output loaded = zdr().load();

        EXPECT_EQ(loaded.status, 0);
        EXPECT_TRUE(contains(loaded.err, file + ": ")) << loaded.err;
        EXPECT_TRUE(contains(loaded.err, "webA begins ready, and the file is set aside as webA.json.broken"))
            << loaded.err;
        EXPECT_EQ(zdr().state("webA"), "ready");
        EXPECT_EQ(zdr().state("webB"), "drain");
        EXPECT_TRUE(fs::exists(file + ".broken"));
        EXPECT_FALSE(contains(zdr().load().err, "broken")) << "it is said once";
    }
}

TEST_F(StartTest, LastIsThatOfItsOwnStateDirectory) {
    const auto another = [&](const std::string& name) {
        return ZdrPrograms(sandbox().directory() + "/" + name, sandbox().cgroup());
    };
    const auto load_at = [&](const ZdrPrograms& programs) {
        programs.configure(starting("last"));
        const Output output = programs.load();
        EXPECT_EQ(output.status, 0) << output.err;
    };
    load(starting("last"));
    flip("drain", "webA");
    unload();

    fs::create_directory(sandbox().directory() + "/other");
    load_at(another("other"));
    EXPECT_EQ(another("other").state("webA"), "ready");
    must_run(another("other").ctl({"maint", "webA", "--no-wait", "--force"}));
    EXPECT_EQ(another("other").unload().status, 0);

    fs::create_symlink(".", sandbox().directory() + "/link");
    load_at(another("link"));
    EXPECT_EQ(another("link").state("webA"), "drain") << "by another path, and the same directory";
    const Output flipped = run(another("link").ctl({"maint", "webA", "--no-wait", "--force"}));
    EXPECT_EQ(flipped.status, 0) << flipped.err;
    EXPECT_FALSE(contains(flipped.err, "outlive")) << flipped.err;
    EXPECT_EQ(another("link").unload().status, 0);
}

// A full disk, say.
TEST_F(StartTest, ALastThatCannotBeKeptIsSaidAndTheFlipIsDone) {
    load(starting("last"));
    flip("drain", "webA");
    fs::remove_all(fs::path(file_of("webA")).parent_path());

    const Output output = run(zdr().ctl({"maint", "webA", "--no-wait"}));

    EXPECT_EQ(output.status, 0) << output.err;
    EXPECT_TRUE(contains(output.err, "the state will not outlive a reboot: open /var/lib/zdr/")) << output.err;
    EXPECT_EQ(zdr().state("webA"), "maint");
}

// A disk that was found broken is mounted so, and without zdr HAProxy has every server down.
TEST_F(StartTest, WhereNothingCanBeKeptALoadSaysSoAndHasWhatIsThere) {
    load(starting("last"));
    flip("drain", "webA");
    cut_the_power();
    ASSERT_EQ(mount("/var/lib/zdr", "/var/lib/zdr", nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(mount(nullptr, "/var/lib/zdr", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);

    const Output loaded = zdr().load();

    EXPECT_EQ(loaded.status, 0) << loaded.err;
    EXPECT_TRUE(contains(loaded.err, "the states will not outlive a reboot: share /var/lib/zdr")) << loaded.err;
    EXPECT_EQ(zdr().state("webA"), "drain");
    ASSERT_EQ(umount("/var/lib/zdr"), 0);
}

// From now on this process and its children set no set-group-ID bit, nor set-user-ID, of a file or a directory, as in a
// unit with RestrictSUIDSGID=yes.
bool restrict_suid_sgid() {
    const auto of_mode = [](unsigned argument) {
        const auto offset = static_cast<__u32>(offsetof(seccomp_data, args) + argument * sizeof(__u64));
        return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset);
    };
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdirat, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chmod, 4, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmod, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 2, 5),
        of_mode(2),
        BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
        of_mode(1),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, S_ISUID | S_ISGID, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    return filter_calls(program);
}

TEST_F(StartTest, LastIsKeptByALoadOfTheUnit) {
    zdr().configure(starting("last"));
    const int status = in_child([&] {
        if (!restrict_suid_sgid()) return 255;
        const Output loaded = zdr().load();
        return loaded.status != 0 ? loaded.status : contains(loaded.err, "outlive") ? 254 : 0;
    });
    EXPECT_EQ(status, 0);
    flip("drain", "webA");

    cut_the_power();
    load(starting("last"));

    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(StartTest, ALastThatWasRemovedBeginsAnew) {
    load(starting("last"));
    flip("drain", "webA");
    must_run(zdr().ctl({"remove", "webA"}));
    EXPECT_EQ(file_of("webA"), "");

    must_run(zdr().ctl({"add", "webA", "--port", "1000", "--status-port", "2000", "--start", "last"}));
    EXPECT_EQ(zdr().state("webA"), "ready");
    flip("drain", "webA");
    EXPECT_NE(file_of("webA"), "");
}

TEST_F(StartTest, LastIsKeptFromTheLoadOrApplyThatAsksForIt) {
    for (const bool is_load : {true, false}) {
        load(starting("ready"));
        flip("drain", "webA");
        zdr().configure(starting("last"));
        must_run(is_load ? zdr().load_command() : zdr().ctl({"apply", zdr().config()}));

        cut_the_power();
        load(starting("last"));

        EXPECT_EQ(zdr().state("webA"), "drain") << is_load;
    }
}

TEST_F(StartTest, ALastWhoseFileWasLostIsKeptByUnload) {
    load(starting("last"));
    flip("drain", "webA");
    ASSERT_TRUE(fs::remove(file_of("webA")));

    unload();
    load(starting("last"));

    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(StartTest, OthersForgetWithUnload) {
    load(starting("ready"));
    flip("drain", "webA");

    unload();
    load(starting("ready"));

    EXPECT_EQ(zdr().state("webA"), "ready");
}

}  // namespace
}  // namespace zdr::test
