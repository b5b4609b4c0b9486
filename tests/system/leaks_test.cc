// After all system tests: what has any of them left on the host?
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/deadline.h"
#include "support/sandbox.h"

namespace zdr::test {
namespace {

// Sandboxes that run at this moment (somebody's second test run, say) are no leaks: their names end in a living pid.
bool is_of_a_living_process(const std::string& name) {
    const int pid = std::atoi(name.substr(name.rfind('-') + 1).c_str());
    return pid > 0 && kill(pid, 0) == 0;
}

std::string first_left_cgroup() {
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator(cgroup_root(), gone)) {
        const std::string name = entry.path().filename();
        if (name.starts_with("zdr-test-") && !is_of_a_living_process(name)) return name;
    }
    return "";
}

TEST(Leaks, NoCgroup) {
    // The guard of a killed test may need a moment.
    EXPECT_TRUE(eventually([] { return first_left_cgroup().empty(); })) << first_left_cgroup();
}

TEST(Leaks, NoMount) {
    std::ifstream mounts("/proc/self/mounts");
    for (std::string line; std::getline(mounts, line);) EXPECT_EQ(line.find("zdr-test"), std::string::npos) << line;
}

TEST(Leaks, NoFile) {
    for (const char* directory : {"/tmp", "/run", "/var/lib"}) {
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(directory, none))
            EXPECT_FALSE(entry.path().filename().string().starts_with("zdr-test")) << entry.path();
    }
}

}  // namespace
}  // namespace zdr::test
