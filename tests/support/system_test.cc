#include "support/system_test.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "support/deadline.h"
#include "support/kernel_objects.h"

namespace zdr::test {
namespace {

std::string test_name() {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(info->test_suite_name()) + "." + info->name();
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
}

bool is_mounted(const std::string& path) {
    std::ifstream mounts("/proc/self/mounts");
    const std::string all((std::istreambuf_iterator<char>(mounts)), std::istreambuf_iterator<char>());
    return all.find(" " + path + " ") != std::string::npos;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
}

bool has_child_cgroup(const std::string& cgroup) {
    return std::any_of(std::filesystem::directory_iterator(cgroup), std::filesystem::directory_iterator(),
                       [](const auto& entry) { return entry.is_directory(); });
}

}  // namespace

void SystemTest::SetUp() {
    if (geteuid() != 0) ZDR_SKIP("system tests need root");
    sandbox_ = std::make_unique<Sandbox>(test_name());
    zdr_ = std::make_unique<ZdrPrograms>(*sandbox_);
}

void SystemTest::load(std::string_view config) const {
    zdr_->configure(config);
    const Output output = zdr_->load();
    ASSERT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(output.out, "");
}

void SystemTest::unload() const {
    const Output output = zdr_->unload();
    ASSERT_EQ(output.status, 0) << output.err;
    EXPECT_EQ(output.out + output.err, "");
}

void SystemTest::flip(const std::string& word, const std::string& name, const Command& more) const {
    Command arguments{word, name, "--no-wait"};
    if (word != "ready") arguments.push_back("--force");
    const Output output = run(zdr_->ctl(arguments + more));
    ASSERT_EQ(output.status, 0) << output.err;
}

void SystemTest::expect_nothing_left() const {
    EXPECT_FALSE(is_mounted(sandbox_->state_dir()));
    EXPECT_FALSE(std::filesystem::exists(sandbox_->state_dir()));
    EXPECT_FALSE(has_child_cgroup(sandbox_->cgroup()));
    // The kernel releases programs and maps some time after the last reference has gone.
    EXPECT_TRUE(eventually([&] { return kernel_objects(*sandbox_).empty(); })) << joined(kernel_objects(*sandbox_));
}

void expect_refusal(const Output& output, int status) {
    EXPECT_EQ(output.status, status);
    EXPECT_EQ(output.out, "");
    EXPECT_FALSE(output.err.empty());
    EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
    EXPECT_TRUE(output.err.ends_with('\n')) << output.err;
}

}  // namespace zdr::test
