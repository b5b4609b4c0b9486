// The checkers of servers as people read them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "ctl/status/read_status.h"

namespace zdr::ctl {

// Who checks these servers: a heading and a line for each checker; empty where there is none. room: the columns of the
// terminal, of which what is less important is left out; none: all of it is shown.
std::string format_checkers_table(const Status& status, const Now& now, std::optional<std::size_t> room = std::nullopt);

}  // namespace zdr::ctl
