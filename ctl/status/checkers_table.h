// The checkers of servers as people read them.
#pragma once

#include <string>

#include "ctl/status/read_status.h"

namespace zdr::ctl {

// Who checks these servers: a heading and a line for each checker; empty where there is none.
std::string format_checkers_table(const Status& status, const Now& now);

}  // namespace zdr::ctl
