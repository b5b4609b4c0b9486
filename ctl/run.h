// zdrctl from its arguments to its exit status.
#pragma once

#include <span>
#include <string>

#include "ctl/env.h"

namespace zdr::ctl {

// Does what the arguments (without the program's name) ask. An error is one line on standard error; the exit status is
// the contract's.
int run(std::span<const std::string> args, Env& env);

}  // namespace zdr::ctl
