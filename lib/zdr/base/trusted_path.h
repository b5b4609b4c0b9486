// Whether a path is in root's hands alone.
#pragma once

#include <string>

#include "zdr/base/error.h"

namespace zdr {

// That nobody but root can put something else in the place of an absolute path without symlinks: what is there of it,
// and each directory above it, belongs to root, and others may write there only if it is sticky (as /tmp is). Errors:
// kFailed, which names the first directory of which that is not so; of lstat().
Result<void> check_is_roots_alone(const std::string& path);

}  // namespace zdr
