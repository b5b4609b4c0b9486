// What a member of the group can put into the directory of the last flips, and that it stops nobody and loses no flip.
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "group_member.h"

namespace zdr::test {
namespace {

class HostileFilesTest : public GroupTest {
  protected:
    void SetUp() override {
        GroupTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        config_ = "group = " + std::string(kGroup) + "\n" + std::string(kWebA) + "start = last\n";
        load(config_);
        for (const auto& one : std::filesystem::directory_iterator("/var/lib/zdr")) directory_ = one.path();
    }
    // As a member: makes these directories, each with another one in it, so that it is not easily removed.
    int make_directories(const std::vector<std::string>& names) const {
        return as_nobody(kGroup, [&] {
            for (const std::string& name : names)
                if (!std::filesystem::create_directories(directory_ + "/" + name + "/full")) return 1;
            return 0;
        });
    }

    std::string config_;
    std::string directory_;
};

TEST_F(HostileFilesTest, DirectoriesInThePlaceOfFilesLoseNoFlip) {
    for (const std::vector<std::string>& names :
         {std::vector<std::string>{"webA.json", "webA.json.new"}, {"webA.json.new"}, {"webA.json.broken"}}) {
        std::filesystem::remove(directory_ + "/webA.json");
        ASSERT_EQ(make_directories(names), 0);

        const Output drained = run(zdr().ctl({"drain", "webA", "--no-wait", "--force"}));

        EXPECT_EQ(drained.status, 0) << drained.err;
        EXPECT_FALSE(contains(drained.err, "outlive")) << drained.err;
        unload();
        load(config_);
        EXPECT_EQ(zdr().state("webA"), "drain");
        flip("ready", "webA");
    }
}

TEST_F(HostileFilesTest, NothingKeepsRootFromLoadingAndUnloading) {
    must_run(zdr().ctl({"drain", "webA", "--no-wait", "--force"}));
    ASSERT_EQ(mount("none", directory_.c_str(), "tmpfs", MS_RDONLY, nullptr), 0);  // nothing can be kept any more

    const Output unloaded = zdr().unload();

    EXPECT_EQ(unloaded.status, 0) << unloaded.err;
    EXPECT_TRUE(contains(unloaded.err, "keep the states: ")) << unloaded.err;
    ASSERT_EQ(umount(directory_.c_str()), 0);
    load(config_);
    EXPECT_EQ(zdr().state("webA"), "drain");
}

TEST_F(HostileFilesTest, FilesOfServersThatAreNotThereAreNotRead) {
    ASSERT_EQ(as_nobody(kGroup,
                        [&] {
                            for (int i = 0; i < 20; ++i)
                                std::ofstream(directory_ + "/web" + std::to_string(i) + ".json") << "junk";
                            return 0;
                        }),
              0);

    const Output loaded = zdr().load();

    EXPECT_EQ(loaded.status, 0);
    EXPECT_FALSE(contains(loaded.err, "set aside")) << loaded.err;
}

}  // namespace
}  // namespace zdr::test
