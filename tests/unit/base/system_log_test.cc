// What reaches /dev/log, in a mount namespace where that is ours.
#include "zdr/base/system_log.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>

#include "cli/child.h"
#include "support/strict.h"
#include "zdr/base/unique_fd.h"

namespace zdr::test {
namespace {

constexpr int kNoNamespace = 99;

// Runs a function in a child with an empty /dev of its own; what it returns.
int with_own_dev(const std::function<int()>& function) {
    Child child([&] {
        if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            mount("zdr-test", "/dev", "tmpfs", 0, "mode=0755") != 0)
            return kNoNamespace;
        return function();
    });
    return child.wait();
}

// Whoever receives what is for the journal.
UniqueFd listen_on_dev_log() {
    UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, "/dev/log");
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    return fd;
}

std::string received(const UniqueFd& fd) {
    char text[4096];
    const ssize_t size = recv(fd.get(), text, sizeof text, MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(text, static_cast<std::size_t>(size));
}

class Journal : public ::testing::Test {
  protected:
    void SetUp() override {
        if (geteuid() != 0 && is_strict()) FAIL() << "needs root: mounts a /dev of its own";
        if (geteuid() != 0) GTEST_SKIP() << "needs root: mounts a /dev of its own";
    }
};

TEST_F(Journal, ALineArrivesAsANoticeOfZdr) {
    const int status = with_own_dev([] {
        const UniqueFd daemon = listen_on_dev_log();

        log_to_system("server=webA from=ready to=drain by=\"100%s %n\" uid=0");

        const std::string text = received(daemon);
        if (text == "<29>zdr: server=webA from=ready to=drain by=\"100%s %n\" uid=0") return 0;
        std::fprintf(stderr, "%s\n", text.c_str());
        return 1;
    });

    EXPECT_EQ(status, 0);
}

TEST_F(Journal, WithoutADaemonNothingFails) {
    const int status = with_own_dev([] {
        log_to_system("no /dev/log");
        listen_on_dev_log().reset();  // leaves a socket that nobody listens on
        log_to_system("no listener");
        return 0;
    });

    EXPECT_EQ(status, 0);
}

TEST_F(Journal, ADaemonThatDoesNotReadHoldsNobodyUpForLong) {
    const int status = with_own_dev([] {
        const UniqueFd daemon = listen_on_dev_log();
        const auto start = std::chrono::steady_clock::now();
        auto longest = std::chrono::steady_clock::duration::zero();
        auto before = start;

        // Its queue takes a few (net.unix.max_dgram_qlen); from then on each line waits.
        while (longest < std::chrono::milliseconds(90) && before - start < stretched(kDeadline) / 2) {
            log_to_system("one more");
            const auto now = std::chrono::steady_clock::now();
            longest = std::max(longest, now - before);
            before = now;
        }

        return longest < std::chrono::milliseconds(90) ? 1 : longest > stretched(std::chrono::seconds(5)) ? 2 : 0;
    });

    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace zdr::test
