// Several zdrctl at once: locks are honoured, and no record is ever half one's and half the other's.
#include <gtest/gtest.h>
#include <sys/file.h>

#include <fstream>
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
    // Waits until the kernel itself lists the process among those that wait for a flock.
    static bool comes_to_wait_for_a_flock(pid_t pid) {
        const std::string waiter = " " + std::to_string(pid) + " ";
        const auto deadline = std::chrono::steady_clock::now() + stretched(kDeadline);
        while (std::chrono::steady_clock::now() < deadline) {
            std::ifstream locks("/proc/locks");
            for (std::string line; std::getline(locks, line);) {
                const bool waits_for_flock = line.find("-> FLOCK") != std::string::npos;
                if (waits_for_flock && line.find(waiter) != std::string::npos) return true;
            }
            std::this_thread::yield();
        }
        return false;
    }
};

TEST_F(ConcurrencyTest, EveryCommandWaitsWhileAWriterHoldsTheLock) {
    const std::vector<std::string> status = {"status", "webA"};
    const std::vector<std::string> drain = {"drain", "webA", "--no-wait"};
    for (const auto& command : {status, drain}) {
        auto held = lock_directory(table->path(), Access::kWrite);
        ASSERT_TRUE(held);
        Child child([&] {
            held->reset();  // a lock lasts as long as any copy of its fd, and fork made one
            return run(command);
        });

        EXPECT_TRUE(comes_to_wait_for_a_flock(child.pid())) << command[0];
        EXPECT_FALSE(child.ends_within(std::chrono::milliseconds(0))) << command[0];
        EXPECT_FALSE(table->state(0)) << command[0];

        held->reset();
        EXPECT_EQ(child.wait(), 0) << command[0];
    }
    EXPECT_EQ(state_of(0), "drain");
}

TEST_F(ConcurrencyTest, ReadersShareTheLockAndHoldUpWritersOnly) {
    auto held = lock_directory(table->path(), Access::kRead);
    ASSERT_TRUE(held);

    const auto run_apart = [&](const std::vector<std::string>& args) {
        held->reset();
        return run(args);
    };
    Child reader([&] { return run_apart({"status"}); });
    EXPECT_EQ(reader.wait(), 0);
    Child writer([&] { return run_apart({"drain", "webA", "--no-wait"}); });
    EXPECT_TRUE(comes_to_wait_for_a_flock(writer.pid()));

    held->reset();
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
        const auto record = table->state(2);
        if (!record) continue;
        ++seen;
        const char letter = record->state == ZDR_DRAIN ? 'd' : 'm';
        ASSERT_EQ(record->uid, letter == 'd' ? 1u : 2u);
        ASSERT_EQ(std::string(record->by), std::string(ZDR_BY_SIZE - 1, letter));
        ASSERT_EQ(std::string(record->reason), std::string(ZDR_REASON_SIZE - 1, letter));
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

}  // namespace
}  // namespace zdr::test
