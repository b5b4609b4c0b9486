// Several zdrctl at once: locks are honoured, and no record is ever half one's and half the other's.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "child.h"
#include "table_test.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::test {
namespace {

class ConcurrencyTest : public TableTest {
  protected:
    void SetUp() override {
        TableTest::SetUp();
        if (table) add_three();
    }
    // By the lock of this process, which is root's, so that nobody passes it over.
    std::optional<StateLock> take_lock(Access access) const {
        auto taken = StateLock::take(table->path(), access);
        return taken ? std::optional(std::move(*taken)) : std::nullopt;
    }
    // Waits until the process has opened the directory whose lock it is to wait for.
    bool comes_to_the_lock(pid_t pid) const {
        const std::string open_files = "/proc/" + std::to_string(pid) + "/fd";
        const auto is_open = [&] {
            std::error_code ignored;
            for (const auto& one : std::filesystem::directory_iterator(open_files, ignored))
                if (std::filesystem::read_symlink(one, ignored) == table->path()) return true;
            return false;
        };
        const auto deadline = std::chrono::steady_clock::now() + stretched(kDeadline);
        while (!is_open() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        return is_open();
    }
};

TEST_F(ConcurrencyTest, EveryCommandWaitsWhileAWriterHoldsTheLock) {
    const std::vector<std::string> status = {"status", "webA"};
    const std::vector<std::string> drain = {"drain", "webA", "--no-wait"};
    for (const auto& command : {status, drain}) {
        auto held = take_lock(Access::kWrite);
        ASSERT_TRUE(held);
        Child child([&] {
            held.reset();  // a lock lasts as long as any copy of its fd, and fork made one
            return run(command);
        });

        EXPECT_TRUE(comes_to_the_lock(child.pid())) << command[0];
        EXPECT_FALSE(child.ends_within(std::chrono::milliseconds(300))) << command[0];
        EXPECT_FALSE(table->state(0)) << command[0];

        held.reset();
        EXPECT_EQ(child.wait(), 0) << command[0];
    }
    EXPECT_EQ(state_of(0), "drain");
}

TEST_F(ConcurrencyTest, ReadersShareTheLockAndHoldUpWritersOnly) {
    auto held = take_lock(Access::kRead);
    ASSERT_TRUE(held);

    const auto run_apart = [&](const std::vector<std::string>& args) {
        held.reset();
        return run(args);
    };
    Child reader([&] { return run_apart({"status"}); });
    EXPECT_EQ(reader.wait(), 0);
    Child writer([&] { return run_apart({"drain", "webA", "--no-wait"}); });
    EXPECT_TRUE(comes_to_the_lock(writer.pid()));
    EXPECT_FALSE(writer.ends_within(std::chrono::milliseconds(300)));

    held.reset();
    EXPECT_EQ(writer.wait(), 0);
}

TEST_F(ConcurrencyTest, TwoWritersNeverTearARecord) {
    constexpr int kFlips = 1000;
    const auto flipper = [&](const std::string& command, char letter, std::uint32_t uid) {
        env.who = {uid, std::string(ZDR_BY_SIZE - 1, letter)};
        const std::string reason(ZDR_REASON_SIZE - 1, letter);
        for (int i = 0; i < kFlips; ++i) {
            if (flip({command, "lone", "webA", "--reason", reason}) != 0) return 1;
        }
        return 0;
    };
    Child drains([&] { return flipper("drain", 'd', 1); });
    Child maints([&] { return flipper("maint", 'm', 2); });

    int seen = 0;
    while (!drains.ends_within(std::chrono::milliseconds(0)) || !maints.ends_within(std::chrono::milliseconds(0))) {
        const Flip flip = flip_of(2);
        if (flip.by.empty()) continue;  // nobody's yet, or between the two records of a flip
        ++seen;
        const char letter = flip.state == State::kDrain ? 'd' : 'm';
        ASSERT_EQ(flip.uid, letter == 'd' ? 1u : 2u);
        ASSERT_EQ(flip.by, std::string(ZDR_BY_SIZE - 1, letter));
        ASSERT_EQ(flip.reason, std::string(ZDR_REASON_SIZE - 1, letter));
    }
    EXPECT_EQ(drains.wait(), 0);
    EXPECT_EQ(maints.wait(), 0);

    EXPECT_GT(seen, 0);
    EXPECT_EQ(flip_of(0).reason, flip_of(2).reason) << "the last command flipped both";
    EXPECT_EQ(flip_of(0).since_boot, flip_of(2).since_boot);
}

TEST_F(ConcurrencyTest, TwoDrainsAtOnceNeverEmptyABackend) {
    for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(flip({"ready", "webA", "webB"}), 0);
        Child a([&] { return flip({"drain", "webA"}); });
        Child b([&] { return flip({"drain", "webB"}); });

        const int first = a.wait();
        const int second = b.wait();

        ASSERT_TRUE((first == 0 && second == 5) || (first == 5 && second == 0)) << first << " and " << second;
    }
}

// An unload and a load, say, while it waited.
TEST_F(ConcurrencyTest, TheLockOfADirectoryThatAnotherOneHasReplacedCountsForNothing) {
    auto held = take_lock(Access::kWrite);
    ASSERT_TRUE(held);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    Child child([&] {
        held.reset();
        if (write(writer.get(), "", 1) != 1) return 98;  // from now on it has only opened what it opens itself
        const auto lock = StateLock::take(table->path(), Access::kWrite);
        struct stat locked {};
        struct stat there {};
        if (!lock || fstat(lock->fd(), &locked) != 0 || stat(table->path().c_str(), &there) != 0) return 99;
        return locked.st_dev == there.st_dev ? 0 : 1;
    });
    char byte = 0;
    ASSERT_EQ(read(reader.get(), &byte, 1), 1);
    EXPECT_TRUE(comes_to_the_lock(child.pid()));
    ASSERT_EQ(mount("none", table->path().c_str(), "tmpfs", 0, nullptr), 0);

    held.reset();

    EXPECT_EQ(child.wait(), 0) << "it has the lock of the old one";
    ASSERT_EQ(umount(table->path().c_str()), 0);
}

// Once a lock was passed over, the process waits no more for whoever keeps one; but for those who give it back.
TEST_F(ConcurrencyTest, WhoHasPassedOverAThiefWaitsForTheHonestAllTheSame) {
    constexpr gid_t kMembers = 54321;
    create({.group = kMembers});
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    const auto open_directory = [&] { return UniqueFd(open(table->path().c_str(), O_RDONLY | O_DIRECTORY)); };
    const auto member_with_lock = [&](std::chrono::milliseconds time) {
        return [&, time] {
            if (setgroups(0, nullptr) != 0 || setgid(kMembers) != 0 || setuid(65534) != 0) return 99;
            const UniqueFd directory = open_directory();
            if (flock(directory.get(), LOCK_EX) != 0 || write(writer.get(), "", 1) != 1) return 98;
            std::this_thread::sleep_for(time);
            return 0;
        };
    };
    const auto is_locked = [&] {
        char byte = 0;
        return read(reader.get(), &byte, 1) == 1;
    };

    Child victim([&] {
        {
            const Child thief(member_with_lock(std::chrono::hours(1)));
            if (!is_locked()) return 97;
            const auto lock = StateLock::take(table->path(), Access::kWrite);
            if (!lock || lock->passed_over().empty()) return 96;
        }
        constexpr int kTimes = 10;
        int waited = 0;
        for (int i = 0; i < kTimes; ++i) {
            Child honest(member_with_lock(std::chrono::milliseconds(5)));
            if (!is_locked()) return 95;
            const auto lock = StateLock::take(table->path(), Access::kWrite);
            if (!lock || honest.wait() != 0) return 94;
            waited += flock(open_directory().get(), LOCK_EX | LOCK_NB) != 0;  // it has the lock itself
        }
        return waited;
    });

    const int waited = victim.wait();
    EXPECT_LT(waited, 90) << "something could not be done";
    EXPECT_GT(waited, 0) << "a slow host may be late at times";
}

// Patience has an end, so that no deploy hangs for ever: 30 s, which are waited for here.
TEST_F(ConcurrencyTest, ALockOfRootThatIsNotGivenBackIsATimeOutThatNamesWhoHasIt) {
    auto held = take_lock(Access::kWrite);
    ASSERT_TRUE(held);
    const std::string says = "lock " + table->path() + ": ";
    const std::string who = "(process " + std::to_string(getpid()) + " of user 0) has it for longer than 30s";

    Child child([&] {
        held.reset();
        const int exit_status = run({"drain", "webA", "--no-wait"});
        return env.err_text.find(says) == env.err_text.npos || env.err_text.find(who) == env.err_text.npos
                   ? 98
                   : exit_status;
    });

    EXPECT_TRUE(child.ends_within(stretched(std::chrono::seconds(50))));
    EXPECT_EQ(child.wait(), 4);
    EXPECT_FALSE(table->state(0));
}

// Whoever was passed over, or passes over, may be late.
TEST_F(ConcurrencyTest, AFlipThatALoadHasOvertakenFails) {
    const auto opened = ServerTable::open(table->path() + "/live", Access::kWrite);
    ASSERT_TRUE(opened) << opened.error().text;
    const auto in_time = opened->flip(0, *make_flip(State::kDrain, 0, "root", ""));
    EXPECT_TRUE(in_time) << in_time.error().text;
    const UniqueFd map(bpf_obj_get(table->pin(ZDR_MAP_META).c_str()));
    const __u32 first = 0;
    zdr_meta meta{};
    ASSERT_EQ(bpf_map_lookup_elem(map.get(), &first, &meta), 0);
    meta.side = ZDR_SIDE_B;
    ASSERT_EQ(bpf_map_update_elem(map.get(), &first, &meta, BPF_ANY), 0);

    const auto late = opened->flip(0, *make_flip(State::kMaint, 0, "root", ""));

    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().text, "zdr-loader load took the states over meanwhile; try again");
}

}  // namespace
}  // namespace zdr::test
