// After all system tests: what has any of them left on the host? Only what this test run left counts: of another run
// beside it, or of one that was killed, this one knows nothing.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "support/deadline.h"
#include "support/sandbox.h"

namespace zdr::test {
namespace {

using Names = std::vector<std::string>;

// Whether a text has the name of a test run in it, and not that of a run with a longer number.
bool names(std::string_view text, const std::string& run) {
    for (auto at = text.find(run); at != std::string_view::npos; at = text.find(run, at + 1)) {
        const auto end = at + run.size();
        if (end == text.size() || std::isdigit(static_cast<unsigned char>(text[end])) == 0) return true;
    }
    return false;
}

// Sandboxes that run at this moment are no leaks: their names end in a living pid.
bool is_of_a_living_process(const std::string& name) {
    const int pid = std::atoi(name.substr(name.rfind('-') + 1).c_str());
    return pid > 0 && kill(pid, 0) == 0;
}

Names left_in(const std::string& directory, const std::string& run) {
    Names out;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none))
        if (names(entry.path().filename().string(), run)) out.push_back(entry.path().filename());
    return out;
}

Names left_cgroups(const std::string& root, const std::string& run) {
    Names out = left_in(root, run);
    std::erase_if(out, is_of_a_living_process);
    return out;
}

Names left_mounts(std::istream& mounts, const std::string& run) {
    Names out;
    for (std::string line; std::getline(mounts, line);)
        if (names(line, run)) out.push_back(line);
    return out;
}

TEST(Leaks, NoCgroup) {
    // The guard of a killed test may need a moment.
    eventually([] { return left_cgroups(cgroup_root(), run_name()).empty(); });

    EXPECT_EQ(left_cgroups(cgroup_root(), run_name()), Names{});
}

TEST(Leaks, NoMount) {
    std::ifstream mounts("/proc/self/mounts");

    EXPECT_EQ(left_mounts(mounts, run_name()), Names{});
}

TEST(Leaks, NoFile) {
    for (const char* directory : {"/tmp", "/run", "/var/lib"})
        EXPECT_EQ(left_in(directory, run_name()), Names{}) << directory;
}

// The three above, of what is there: another run's and this run's own.
TEST(Leaks, AreTheOwnRunsAlone) {
    char directory[] = "/tmp/zdr-leaks-XXXXXX";
    ASSERT_NE(mkdtemp(directory), nullptr);
    const std::string own = run_name();
    const std::string other = own + "0";  // a longer number
    const std::string nobody = "-x-999999999";
    for (const std::string& name : {own, own + nobody, own + "-x-" + std::to_string(getpid()), other, other + nobody})
        std::filesystem::create_directory(std::string(directory) + "/" + name);
    std::istringstream mounts(own + " /var/lib tmpfs rw 0 0\n" + other + " /var/lib tmpfs rw 0 0\nbpf /var/lib/" + own +
                              "/state bpf rw 0 0\nbpf /var/lib/" + other + "/state bpf rw 0 0\n");

    EXPECT_EQ(left_in(directory, own).size(), 3U);
    EXPECT_EQ(left_cgroups(directory, own),
              Names{own + nobody});  // own alone ends in the living pid of who started this
    EXPECT_EQ(left_mounts(mounts, own),
              (Names{own + " /var/lib tmpfs rw 0 0", "bpf /var/lib/" + own + "/state bpf rw 0 0"}));
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace zdr::test
