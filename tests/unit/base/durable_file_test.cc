// Files that are replaced whole, in a directory that others may write in, too.
#include "zdr/base/durable_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/child.h"
#include "support/seccomp.h"

namespace zdr::test {
namespace {

namespace fs = std::filesystem;

class DurableFileTest : public testing::Test {
  protected:
    DurableFileTest() {
        std::string made = testing::TempDir() + "durable-XXXXXX";
        directory_ = mkdtemp(made.data());
    }
    ~DurableFileTest() override { fs::remove_all(directory_); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    std::string text(const std::string& name) const {
        const auto read = read_small_file(path(name), 100);
        return read ? *read : read.error().text;
    }
    std::size_t count() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
    }

    std::string directory_;
};

TEST_F(DurableFileTest, IsInItsPlaceOnceItIsCommitted) {
    std::ofstream(path("a")) << "old";
    auto file = PendingFile::write(directory_, "a", "new");
    ASSERT_TRUE(file) << file.error().text;
    EXPECT_EQ(text("a"), "old");
    EXPECT_EQ(text("a.new"), "new");

    const auto committed = file->commit();
    ASSERT_TRUE(committed) << committed.error().text;
    EXPECT_EQ(text("a"), "new");
    EXPECT_EQ(count(), 1U);
}

TEST_F(DurableFileTest, GoesWhereItIsNotCommitted) {
    { const auto file = PendingFile::write(directory_, "a", "new"); }
    EXPECT_EQ(count(), 0U);
}

TEST_F(DurableFileTest, MayBeWrittenByItsGroupWhateverTheUmaskIs) {
    const mode_t before = umask(0077);
    auto file = PendingFile::write(directory_, "a", "new");
    umask(before);
    ASSERT_TRUE(file && file->commit());
    struct stat found;
    ASSERT_EQ(stat(path("a").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, 0660U);
}

// A member of the group may lay a link where root is about to write.
TEST_F(DurableFileTest, FollowsNoLink) {
    std::ofstream(path("victim")) << "safe";
    fs::create_symlink("victim", path("a.new"));
    fs::create_symlink("victim", path("a"));
    auto file = PendingFile::write(directory_, "a", "new");
    ASSERT_TRUE(file && file->commit());
    EXPECT_EQ(text("victim"), "safe");
    EXPECT_EQ(text("a"), "new");
    EXPECT_FALSE(fs::is_symlink(path("a")));
}

TEST_F(DurableFileTest, ADirectoryInItsPlaceIsMovedAside) {
    for (const char* name : {"a", "a.new"}) {
        fs::create_directories(path(name) + "/full");
        auto file = PendingFile::write(directory_, "a", "new");
        ASSERT_TRUE(file) << file.error().text;
        const auto committed = file->commit();
        EXPECT_TRUE(committed) << committed.error().text;
        EXPECT_EQ(text("a"), "new");
        fs::remove(path("a"));
    }
    EXPECT_EQ(count(), 2U) << "both, under other names";
}

TEST_F(DurableFileTest, ReplacesWhatAKilledProcessLeft) {
    std::ofstream(path("a.new")) << "half";
    auto file = PendingFile::write(directory_, "a", "whole");
    ASSERT_TRUE(file && file->commit());
    EXPECT_EQ(text("a"), "whole");
    EXPECT_EQ(count(), 1U);
}

TEST_F(DurableFileTest, WhatCannotBeWrittenIsAnErrorWithThePath) {
    const auto file = PendingFile::write(directory_ + "/none", "a", "new");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().text, "open " + directory_ + "/none: No such file or directory");
}

// What is not on the disk is lost by a power cut, and a name may be there before what it names.
TEST_F(DurableFileTest, IsOnTheDiskBeforeItIsInItsPlace) {
    std::ofstream(path("a")) << "old";
    Child child([&] {
        if (!deny_call(SYS_fsync, EIO)) return 99;
        const auto file = PendingFile::write(directory_, "a", "new");
        return !file && file.error().text == "write " + path("a.new") + ": Input/output error" ? 0 : 1;
    });

    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(text("a"), "old");
    EXPECT_EQ(count(), 1U);
}

TEST_F(DurableFileTest, ItsNameIsOnTheDiskBeforeItIsDone) {
    std::ofstream(path("a")) << "old";
    Child child([&] {
        auto file = PendingFile::write(directory_, "a", "new");
        if (!file || !deny_call(SYS_fsync, EIO)) return 99;
        const auto committed = file->commit();
        return !committed && committed.error().text == "write " + directory_ + ": Input/output error" ? 0 : 1;
    });

    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(text("a"), "new") << "it was renamed before";
    EXPECT_EQ(count(), 1U);
}

TEST_F(DurableFileTest, OnlyASmallRegularFileIsRead) {
    std::ofstream(path("large")) << std::string(101, 'x');
    fs::create_symlink("large", path("link"));
    ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(text("large"), path("large") + " has more than 100 bytes");
    EXPECT_EQ(text("link"), "open " + path("link") + ": Too many levels of symbolic links");
    EXPECT_EQ(text("pipe"), path("pipe") + " is no regular file");
    EXPECT_EQ(text("none"), "open " + path("none") + ": No such file or directory");
    std::ofstream(path("large")) << std::string(100, 'x');
    EXPECT_EQ(text("large"), std::string(100, 'x'));
}

}  // namespace
}  // namespace zdr::test
