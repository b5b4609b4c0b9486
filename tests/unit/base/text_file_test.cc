#include "zdr/base/text_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/strict.h"

namespace zdr {
namespace {

class ReplacedFileTest : public testing::Test {
  protected:
    ReplacedFileTest() {
        char name[] = "/tmp/zdr-text-file-XXXXXX";
        if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
        directory_ = name;
    }
    ~ReplacedFileTest() override { std::filesystem::remove_all(directory_); }

    std::string in(const std::string& name) const { return directory_ + "/" + name; }
    void put(const std::string& name, const std::string& text) const { std::ofstream(in(name)) << text; }
    std::string text_of(const std::string& name) const { return read_text_file(in(name)).value_or("none"); }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
    }
    std::string open_error(const std::string& path) const {
        const auto opened = ReplacedFile::open(path);
        return opened ? "no error" : opened.error().text;
    }

    std::string directory_;
};

TEST_F(ReplacedFileTest, OpenedItIsUntouched) {
    put("old", "before");

    const auto fresh = ReplacedFile::open(in("new"));
    const auto old = ReplacedFile::open(in("old"));

    ASSERT_TRUE(fresh && old);
    EXPECT_EQ(files(), 1U);
    EXPECT_EQ(text_of("old"), "before");
}

TEST_F(ReplacedFileTest, GetsItsTextAndNothingElseIsLeft) {
    put("old", "before");
    chmod(in("old").c_str(), 0640);

    for (const char* name : {"old", "new"}) {
        const auto file = ReplacedFile::open(in(name));
        ASSERT_TRUE(file) << file.error().text;
        ASSERT_TRUE(file->replace("after"));
    }

    EXPECT_EQ(files(), 2U);
    EXPECT_EQ(text_of("old"), "after");
    EXPECT_EQ(text_of("new"), "after");
    struct stat found {};
    stat(in("old").c_str(), &found);
    EXPECT_EQ(found.st_mode & 0777, 0640U);
}

TEST_F(ReplacedFileTest, ALinkStaysALink) {
    put("old", "before");
    std::filesystem::create_symlink("old", in("link"));

    ASSERT_TRUE(ReplacedFile::open(in("link"))->replace("after"));

    EXPECT_TRUE(std::filesystem::is_symlink(in("link")));
    EXPECT_EQ(text_of("old"), "after");
}

TEST_F(ReplacedFileTest, ALinkThatLeadsToNoFileIsLeftAlone) {
    std::filesystem::create_symlink("nowhere", in("dangling"));
    std::filesystem::create_symlink("loop", in("loop"));

    EXPECT_EQ(open_error(in("dangling")), in("dangling") + " is a link that leads to no file");
    EXPECT_EQ(open_error(in("loop")), "open " + in("loop") + ": Too many levels of symbolic links");

    EXPECT_TRUE(std::filesystem::is_symlink(in("dangling")));
    EXPECT_TRUE(std::filesystem::is_symlink(in("loop")));
    EXPECT_EQ(files(), 2U);
}

// As fs.protected_symlinks has it, which a host may not have set.
TEST_F(ReplacedFileTest, ALinkOfAStrangerWhereAllMayWriteIsNotFollowed) {
    if (geteuid() != 0 && test::is_strict()) FAIL() << "needs root: gives a link away";
    if (geteuid() != 0) GTEST_SKIP() << "needs root: gives a link away";
    constexpr uid_t kStranger = 65534;
    put("old", "before");
    std::filesystem::create_directory(in("all"));
    ASSERT_EQ(chmod(in("all").c_str(), 01777), 0);
    for (const char* name : {"all/own", "all/stranger's"}) std::filesystem::create_symlink(in("old"), in(name));
    ASSERT_EQ(lchown(in("all/stranger's").c_str(), kStranger, kStranger), 0);
    std::filesystem::create_symlink("all/stranger's", in("link"));
    const std::string refused = in("all/stranger's") + " is another user's link in a directory where all may write";

    EXPECT_EQ(open_error(in("all/own")), "no error");
    EXPECT_EQ(open_error(in("all/stranger's")), refused);
    EXPECT_EQ(open_error(in("link")), refused);

    ASSERT_EQ(chmod(in("all").c_str(), 0777), 0);
    EXPECT_EQ(open_error(in("all/stranger's")), "no error");
    ASSERT_EQ(chmod(in("all").c_str(), 01777), 0);
    ASSERT_EQ(chown(in("all").c_str(), kStranger, kStranger), 0);
    EXPECT_EQ(open_error(in("all/stranger's")), "no error");
}

// /dev/stdout leads to such a link: the file would be another one than the one that is written to.
TEST_F(ReplacedFileTest, WhatAProcessHasOpenIsNotReplaced) {
    put("old", "before");
    const UniqueFd open_file(open(in("old").c_str(), O_WRONLY | O_CLOEXEC));
    const std::string name = "/proc/self/fd/" + std::to_string(open_file.get());
    std::filesystem::create_symlink(name, in("link"));

    EXPECT_EQ(open_error(name), name + " is what a process has open; name a file");
    EXPECT_EQ(open_error(in("link")), name + " is what a process has open; name a file");
}

TEST_F(ReplacedFileTest, WhatIsNoFileIsLeftAlone) {
    std::filesystem::create_directory(in("directory"));
    mkfifo(in("pipe").c_str(), 0600);

    EXPECT_EQ(open_error(in("directory")), in("directory") + " is no regular file");
    EXPECT_EQ(open_error(in("pipe")), in("pipe") + " is no regular file");
    EXPECT_EQ(open_error("/dev/null"), "/dev/null is no regular file");
    EXPECT_EQ(open_error(in("nowhere/new")), "open " + in("nowhere/") + ": No such file or directory");
    EXPECT_EQ(open_error(in("new/")), "\"" + in("new/") + "\" names no file");
    EXPECT_EQ(open_error(""), "\"\" names no file");
    EXPECT_EQ(files(), 2U);
}

TEST_F(ReplacedFileTest, WhereNothingCanBeWrittenIsSaidAtOnce) {
    EXPECT_TRUE(open_error("/proc/new").starts_with("create a file beside /proc/new: ")) << open_error("/proc/new");
}

TEST_F(ReplacedFileTest, WhatCannotBeReplacedIsAsItWas) {
    const auto file = ReplacedFile::open(in("new"));
    ASSERT_TRUE(file) << file.error().text;
    std::filesystem::create_directory(in("new"));

    const auto done = file->replace("after");

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().text, "replace " + in("new") + ": Is a directory");
    EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace zdr
