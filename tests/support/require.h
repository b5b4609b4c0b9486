// What a test or a measurement cannot go on without: where it fails, it throws std::system_error with errno.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "zdr/base/unique_fd.h"

namespace zdr::test {

inline void require(bool done, const std::string& what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// fd: a negative one is a failure.
inline UniqueFd require_fd(int fd, const std::string& what) {
    require(fd >= 0, what);
    return UniqueFd(fd);
}

}  // namespace zdr::test
