// The status of servers as people read it.
#pragma once

#include <string>

#include "ctl/status/read_status.h"

namespace zdr::ctl {

enum class Colour { kNo, kYes };

// A heading and a line for each server, each ended by a newline.
std::string format_status_table(const Status& status, const Now& now, Colour colour);

}  // namespace zdr::ctl
