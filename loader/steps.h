// What `zdr-loader -v` says: each step when it is done.
#pragma once

#include <string>

namespace zdr::loader {

// One line at level debug, which main() shows only where -v asks for it.
void log_step(const std::string& done);

}  // namespace zdr::loader
