// The commands of a restart, as their user wrote them: with placeholders, and found before they are needed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/model/server.h"

namespace zdr {

// A server's own text: {name}, {address} (of several the first, of * 127.0.0.1) and {port} replaced.
std::string expand_placeholders(std::string_view text, const Server& server);
std::vector<std::string> expand_command(const std::vector<std::string>& command, const Server& server);

// What runs a line of sh for a server.
std::vector<std::string> shell_command(std::string_view line, const Server& server);

// On one line, fit for a terminal.
std::string format_command(const std::vector<std::string>& command);

// Whether a program can be started by this word: a path, or a name that is in PATH. Errors say where it was looked for.
Result<void> check_program(const std::string& word);

// The same of the first word of a line of sh, which may also be a word of sh's own. A line that begins with anything
// but a plain word is taken to be right.
Result<void> check_shell_line(std::string_view line, const Server& server);

}  // namespace zdr
