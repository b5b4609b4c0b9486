// Another zdr where this one is to be attached: two would decide about each other's checks.
#pragma once

#include <string>

#include "hooks.h"
#include "zdr/base/error.h"

namespace zdr::loader {

// Error: a program of zdr is attached to the cgroup or the network namespace of these hooks, and not by what is loaded
// in this state directory (whose pins are in `live`). It names the other one's state directory where that can be seen.
Result<void> check_no_other_zdr(const Hooks& hooks, const std::string& state_dir, const std::string& live);

}  // namespace zdr::loader
