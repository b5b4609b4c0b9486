// The way into the system's journal.
#pragma once

#include <string_view>

namespace zdr {

// Hands one line to whoever listens on /dev/log (journald, or another syslog daemon), as a notice of "zdr". What cannot
// be handed over within 100 ms is lost, without an error: a flip that is done does not fail for its record.
void log_to_system(std::string_view line);

}  // namespace zdr
