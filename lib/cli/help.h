// The help of a program and of its commands, from the program's table.
#pragma once

#include <string>

#include "cli/program.h"

namespace zdr::cli {

// Lines of at most 100 columns, each ended by a newline, as long as those in the table are.
std::string format_help(const Program& program);
std::string format_help(const Program& program, const Command& command);

// For who gave no command: the commands, and where to read on.
std::string format_short_help(const Program& program);

}  // namespace zdr::cli
