// For the steps that a change hangs on: what the kernel refuses for want of memory or of a moment, it takes soon after.
#pragma once

#include <cerrno>
#include <chrono>

#include "zdr/base/unique_fd.h"

namespace zdr {

// Whether that errno may be another one a moment later.
bool is_transient(int error);

// How often a step is tried, and the time between two tries.
inline constexpr int kTries = 5;
inline constexpr std::chrono::milliseconds kPauseOfRetry(2);
void pause_before_retry();

// Whether step(), which says whether it succeeded, does so in a few tries. errno is that of the last one. For steps
// that may be done twice: unlink, rename, an update of a map.
template <class Step>
bool succeeds(Step step) {
    for (int tries = 1; !step(); ++tries) {
        if (tries == kTries || !is_transient(errno)) return false;
        pause_before_retry();
    }
    return true;
}

// What open() returns, in a few tries; empty where none of them succeeds.
template <class Open>
UniqueFd open_in_a_few_tries(Open open) {
    UniqueFd out;
    (void)succeeds([&] {
        out.reset(open());
        return static_cast<bool>(out);
    });
    return out;
}

}  // namespace zdr
