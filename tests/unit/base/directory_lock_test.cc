// The flock of a directory, and what the kernel tells of who has it.
#include "zdr/base/directory_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

using namespace std::chrono_literals;

struct Directory {
    // Any file has a lock; of one on an overlay the kernel tells another device than fstat() does.
    UniqueFd fd{memfd_create("directory", MFD_CLOEXEC)};

    UniqueFd again() const { return UniqueFd(open(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), O_RDONLY)); }
    struct stat file() const {
        struct stat out {};
        fstat(fd.get(), &out);
        return out;
    }
};

TEST(DirectoryLock, IsSharedByReadersAndKeptFromWriters) {
    const Directory directory;
    const UniqueFd other = directory.again();

    EXPECT_EQ(lock_within(directory.fd.get(), Hold::kShared, 0ms), true);
    EXPECT_EQ(lock_within(other.get(), Hold::kShared, 0ms), true);
    EXPECT_EQ(lock_within(other.get(), Hold::kAlone, 5ms), false);
}

TEST(DirectoryLock, NamesWhoHasIt) {
    const Directory directory;
    EXPECT_TRUE(lock_holders(directory.file()).empty());
    ASSERT_EQ(lock_within(directory.fd.get(), Hold::kAlone, 0ms), true);

    const auto holders = lock_holders(directory.file());

    ASSERT_EQ(holders.size(), 1u);
    EXPECT_EQ(holders[0].pid, getpid());
    EXPECT_EQ(holders[0].user, geteuid());
    EXPECT_FALSE(holders[0].name.empty());
}

// It chooses its name itself, and whoever waits for it reads that on a terminal.
TEST(DirectoryLock, NamesWhoHasItWithoutControlCharacters) {
    const Directory directory;
    char before[16];
    ASSERT_EQ(prctl(PR_GET_NAME, before), 0);
    ASSERT_EQ(prctl(PR_SET_NAME, "a\x1b[2J\xe2\x80\xae"), 0);
    const auto locked = lock_within(directory.fd.get(), Hold::kAlone, 0ms);
    const auto holders = lock_holders(directory.file());
    ASSERT_EQ(prctl(PR_SET_NAME, before), 0);

    EXPECT_EQ(locked, true);
    ASSERT_EQ(holders.size(), 1u);
    EXPECT_EQ(holders[0].name, "a?[2J?");
}

TEST(DirectoryLock, TellsOfHoldersInWords) {
    EXPECT_EQ(format_holders({}), "a process that cannot be seen from here");
    EXPECT_EQ(format_holders({{123, 0, "zdr-loader"}}), "zdr-loader (process 123 of user 0)");
    EXPECT_EQ(format_holders({{123, 7, "a"}, {124, 7, "b"}}), "a (process 123 of user 7) and 1 more");
    EXPECT_EQ(format_holders({{123, {}, ""}}), "what process 123 has left behind");
}

}  // namespace
}  // namespace zdr
