// The world of zdrctl as the library's control sees it.
#pragma once

#include "ctl/command_table.h"
#include "ctl/env.h"
#include "zdr/control/context.h"

namespace zdr::ctl {

// Reports go to standard error, unless --quiet; what is pending only where that is a terminal. Env outlives it.
Context make_context(const Options& options, Env& env);

}  // namespace zdr::ctl
