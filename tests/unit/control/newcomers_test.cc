// What a process was told at its start of those that it takes over from.
#include "zdr/control/newcomers.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

namespace zdr::test {
namespace {

using namespace std::string_view_literals;
using PidList = std::vector<std::uint32_t>;

TEST(ParseReplaced, HasThoseAfterSfAndSt) {
    EXPECT_EQ(parse_replaced("haproxy\0-f\0a.cfg\0-sf\0007\00012\0-x\0/run/s\0"sv), (PidList{7, 12}));
    EXPECT_EQ(parse_replaced("haproxy\0-st\0007\0-f\0a\0-sf\0008\0"sv), (PidList{7, 8}));
}

TEST(ParseReplaced, HasNoOtherNumbers) {
    EXPECT_EQ(parse_replaced("haproxy\0-n\00020000\0-m\0005\0"sv), PidList{});
    EXPECT_EQ(parse_replaced("haproxy\0-sf\0a.cfg\0007\0"sv), PidList{});
    EXPECT_EQ(parse_replaced("haproxy\0-sf\0"sv), PidList{});
    EXPECT_EQ(parse_replaced("haproxy\0-sf\0-7\0007x\00099999999999\0\0"sv), PidList{});
    EXPECT_EQ(parse_replaced(""), PidList{});
}

// A shell that was started with these arguments, by a user; it ends with the test.
class Told {
  public:
    explicit Told(uid_t user, std::string_view option, pid_t former) : pid_(fork()) {
        if (pid_ != 0) return;
        if (user != geteuid() && setuid(user) != 0) _exit(1);
        execl("/bin/sh", "sh", "-c", "kill -STOP $$", "sh", option.data(), std::to_string(former).c_str(), nullptr);
        _exit(1);
    }
    Told(const Told&) = delete;
    ~Told() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    // Once it is that shell.
    PidList replaced() const {
        PidList out;
        for (int i = 0; i < 500 && (out = told_to_replace(static_cast<std::uint32_t>(pid_))).empty(); ++i) usleep(1000);
        return out;
    }

  private:
    pid_t pid_;
};

TEST(ToldToReplace, IsWhatAProcessWasStartedWith) {
    EXPECT_EQ(Told(geteuid(), "-sf", getpid()).replaced(), PidList{static_cast<std::uint32_t>(getpid())});
    EXPECT_EQ(Told(geteuid(), "-xx", getpid()).replaced(), PidList{});
    EXPECT_EQ(told_to_replace(0), PidList{});
}

TEST(ToldToReplace, IsNobodyOfAnotherUser) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can start a process of another user";
    constexpr uid_t kNobody = 65534;
    EXPECT_EQ(Told(kNobody, "-sf", getpid()).replaced(), PidList{});
}

}  // namespace
}  // namespace zdr::test
