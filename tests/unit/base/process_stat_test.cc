// What /proc says of processes.
#include "zdr/base/process_stat.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace zdr::test {
namespace {

std::string stat_text(const std::string& name, const std::string& state = "S") {
    return "42 (" + name + ") " + state +
           " 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000000 300 18446744073709551615 1 2 140731 0 0 0\n";
}

TEST(ProcessStat, HasWhatStatSays) {
    const auto one = parse_process_stat(stat_text("my (odd) name)"));

    ASSERT_TRUE(one);
    EXPECT_EQ(*one, (ProcessStat{42, 7, 12345, 140731, "my (odd) name)"}));
}

TEST(ProcessStat, ThereIsNoneOfWhatHasEnded) {
    EXPECT_FALSE(parse_process_stat(stat_text("sh", "Z")));
    EXPECT_FALSE(parse_process_stat(""));
    EXPECT_FALSE(parse_process_stat("42 (sh) S 7"));
    EXPECT_FALSE(parse_process_stat("x (sh) S " + stat_text("sh").substr(10)));
}

TEST(ReadProcessStat, HasThisOneAndNoneThatHasEnded) {
    const auto self = read_process_stat(getpid());
    ASSERT_TRUE(self);
    EXPECT_EQ(self->parent, getppid());

    const pid_t child = fork();
    if (child == 0) _exit(0);
    siginfo_t ended;
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(kill(child, 0), 0) << "its pid is there yet";
    EXPECT_FALSE(read_process_stat(child));
    waitpid(child, nullptr, 0);
    EXPECT_FALSE(read_process_stat(child));
}

}  // namespace
}  // namespace zdr::test
