// A command's process: its status, also once it is known and moved.
#include "zdr/control/restart/child.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "zdr/base/unique_fd.h"

namespace zdr {
namespace {

// Waits for the end without reaping it, so that status() finds it.
bool has_ended() {
    siginfo_t info{};
    return waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0;
}

TEST(Child, StatusIsThatOfTheCommand) {
    auto child = Child::start({"sh", "-c", "exit 3"});
    ASSERT_TRUE(child) << child.error().text;
    ASSERT_TRUE(has_ended());

    EXPECT_EQ(child->status(), 3);
    EXPECT_EQ(child->status(), 3) << "asked again";
}

TEST(Child, StatusOfOneThatWasStoppedIsThatOfTheSignal) {
    auto child = Child::start({"sleep", "1000"});
    ASSERT_TRUE(child) << child.error().text;
    EXPECT_EQ(child->status(), std::nullopt);

    child->signal(SIGTERM);

    ASSERT_TRUE(has_ended());
    EXPECT_EQ(child->status(), 128 + SIGTERM);
}

TEST(Child, KeepsItsStatusWhenItIsMoved) {
    auto child = Child::start({"sh", "-c", "exit 3"});
    ASSERT_TRUE(child) << child.error().text;
    ASSERT_TRUE(has_ended());
    ASSERT_EQ(child->status(), 3);

    Child moved(std::move(*child));

    EXPECT_EQ(moved.status(), 3);
}

TEST(Child, WhatItWasMovedFromHasNoStatusAndTakesNone) {
    auto child = Child::start({"sh", "-c", "exit 3"});
    ASSERT_TRUE(child) << child.error().text;
    Child moved(std::move(*child));
    ASSERT_TRUE(has_ended());

    EXPECT_EQ(child->status(), std::nullopt);  // NOLINT(bugprone-use-after-move): what it does then is the question
    EXPECT_EQ(moved.status(), 3);
}

TEST(Child, HasAGroupOfItsOwnAndIsSignalledAlone) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    auto child = Child::start({"sh", "-c", "sleep 1000 & echo $!; wait"}, {.out = writing.get()});
    ASSERT_TRUE(child) << child.error().text;
    EXPECT_EQ(getpgid(child->pid()), child->pid());
    char text[32] = {};
    ASSERT_GT(read(reading.get(), text, sizeof text - 1), 0);
    const pid_t started = std::atoi(text);

    child->signal(SIGTERM);

    ASSERT_TRUE(has_ended());
    EXPECT_EQ(child->status(), 128 + SIGTERM);
    EXPECT_EQ(kill(started, 0), 0) << "what it has started runs on";
    kill(started, SIGKILL);
}

TEST(Child, WhatCannotBeRunIsAnError) {
    const auto child = Child::start({"/nonexistent/program"});

    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().text, "run /nonexistent/program: No such file or directory");
}

}  // namespace
}  // namespace zdr
