#include "zdr/base/retry.h"

#include <gtest/gtest.h>

namespace zdr {
namespace {

// A step that fails with this errno so often.
struct Failing {
    int times;
    int error;
    int calls = 0;

    bool operator()() {
        if (calls++ >= times) return true;
        errno = error;
        return false;
    }
};

TEST(RetryTest, WhatIsTransientIsTriedAgain) {
    for (const int error : {EINTR, EAGAIN, ENOMEM, EBUSY}) {
        Failing step{.times = 2, .error = error};

        EXPECT_TRUE(succeeds([&] { return step(); }));

        EXPECT_EQ(step.calls, 3);
    }
}

TEST(RetryTest, WhatIsNotTransientIsTriedOnce) {
    Failing step{.times = 2, .error = ENOENT};

    EXPECT_FALSE(succeeds([&] { return step(); }));

    EXPECT_EQ(step.calls, 1);
    EXPECT_EQ(errno, ENOENT);
}

TEST(RetryTest, TheTriesAreLimited) {
    Failing step{.times = 1000, .error = ENOMEM};

    EXPECT_FALSE(succeeds([&] { return step(); }));

    EXPECT_EQ(step.calls, kTries);
    EXPECT_EQ(errno, ENOMEM);
}

}  // namespace
}  // namespace zdr
