// Parsing a command line by its program's table. Every mistake is Errc::kUsage, in the same words in every program.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/parsed.h"
#include "cli/program.h"
#include "zdr/base/error.h"

namespace zdr::cli {

// args: without the program's name. Options stand before or after the command, a command's own after it; "--" ends
// them. --help and --version come before every mistake, but not in the place of an option's value, where they are one
// themselves: a reason that looks like an option must not make a drain a success that drains nothing. Without a
// command, the answer is the short help.
Result<Parsed> parse(const Program& program, std::span<const std::string> args);

// "drain: --ttl 1ms is less than 1s; try zdrctl help drain": a mistake in what the words or values say, which only the
// program can judge. command null: it is none of a command.
tl::unexpected<Error> fail_usage(const Program& program, const Command* command, std::string_view mistake);

}  // namespace zdr::cli
