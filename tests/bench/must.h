// A measurement that cannot be made is no measurement: what fails throws, with errno.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "zdr/base/unique_fd.h"

namespace zdr::bench {

inline void require(bool done, const std::string& what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
}

// fd: a negative one is a failure.
inline UniqueFd must_open(int fd, const std::string& what) {
    require(fd >= 0, what);
    return UniqueFd(fd);
}

}  // namespace zdr::bench
