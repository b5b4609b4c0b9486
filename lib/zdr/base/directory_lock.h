// The flock of a directory: waited for within a time, and who has it. Whoever may read a directory can take its lock,
// and need never give it back.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

enum class Hold { kShared, kAlone };

// Whether the lock was got within that time. Errors: of flock().
Result<bool> lock_within(int fd, Hold hold, std::chrono::milliseconds patience);

struct LockHolder {
    pid_t pid;
    std::optional<uid_t> user;  // the real one; none: it has ended, and left the lock to a child
    std::string name;           // of the process
};

// Who has a lock of that file, of those whom this process can see (/proc/locks).
std::vector<LockHolder> lock_holders(const struct stat& file);

// "zdr-loader (process 123 of user 0)"; of several the first.
std::string format_holders(const std::vector<LockHolder>& holders);

}  // namespace zdr
