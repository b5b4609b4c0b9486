// What the system's journal is told of a flip: one line that people can read and programs can split.
#pragma once

#include <string>
#include <string_view>

#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr {

// "server=webA from=ready to=drain by=deploy uid=1000 ttl=900s until=listening active_port=21001 reason="release 42"",
// without what the flip does not have, and without a line's end. Fields are divided by one space. A value of other than
// letters, digits and - _ . : is in double quotes, with a backslash before each '"' and '\', and as printable() makes
// it: whoever chooses a name or a reason can forge neither a field nor a line.
std::string format_flip_log_line(std::string_view server, State from, const Flip& flip);

}  // namespace zdr
