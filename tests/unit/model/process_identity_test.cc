// Who holds a server, and whether it still lives.
#include "zdr/model/process_identity.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace zdr {
namespace {

Holder self() {
    const auto out = this_process();
    EXPECT_TRUE(out) << out.error().text;
    return out.value_or(Holder{});
}

TEST(ProcessIdentity, ThisOneIsRunning) {
    EXPECT_EQ(self().pid, static_cast<std::uint32_t>(getpid()));
    EXPECT_TRUE(is_running(self()));
}

// A pid is given again: who has it now is another one.
TEST(ProcessIdentity, AProcessOfTheSamePidThatBeganAtAnotherTimeIsAnotherOne) {
    Holder holder = self();
    --holder.birth;

    EXPECT_FALSE(is_running(holder));
}

TEST(ProcessIdentity, OneThatHasEndedIsNotRunning) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    Holder holder = self();
    holder.pid = static_cast<std::uint32_t>(child);

    EXPECT_FALSE(is_running(holder));
}

// Nobody can tell, so it may be.
TEST(ProcessIdentity, OneOfAnotherPidNamespaceIsTakenToRun) {
    Holder holder = self();
    ++holder.pid_ns;
    holder.birth = 1;

    EXPECT_TRUE(is_running(holder));
}

}  // namespace
}  // namespace zdr
