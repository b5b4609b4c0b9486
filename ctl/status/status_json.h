// The status of servers as programs read it: the contract's JSON. Only files that end in _json know the JSON library,
// which is slow to compile.
#pragma once

#include <string>

#include "ctl/status/read_status.h"

namespace zdr::ctl {

enum class Layout { kIndented, kOneLine };

// Ended by a newline. Bytes that are no UTF-8 become U+FFFD.
std::string format_status_json(const Status& status, const Now& now, Layout layout);

}  // namespace zdr::ctl
