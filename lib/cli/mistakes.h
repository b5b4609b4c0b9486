// The sentences about mistakes in a command line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.h"
#include "cli/scan.h"

namespace zdr::cli {

// A word as it was typed; in quotes and escaped where it is not plain ASCII without spaces.
std::string format_word(std::string_view word);
// "drained, idle or ready"
std::string format_list(std::span<const std::string_view> values, std::string_view last_joint);

std::string unknown_command(const Program& program, std::string_view name);
// options: what may stand there.
std::string unknown_option(const Token& token, std::span<const Option* const> options);
// next: the argument behind the option, or empty.
std::string missing_value(const Option& option, std::string_view next);
std::string unknown_value(const Option& option, std::string_view value);
std::string missing_option(const Option& option);

}  // namespace zdr::cli
