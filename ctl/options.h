// The command line of zdrctl: which command it names, and its options checked and typed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ctl/command_table.h"
#include "zdr/base/error.h"

namespace zdr::ctl {

// "quiet" of "quiet,q".
std::string_view long_name(const Option& option);

// Where in args the command stands: after options, of which --state-dir and --haproxy take a value. None: there is no
// command.
std::optional<std::size_t> command_position(std::span<const std::string> args);

// The options of a command (null: those that stand before any) from the arguments without the command itself. Options
// are never guessed from their beginnings. Everything wrong is a usage error.
Result<Options> parse_options(const Command* command, std::span<const std::string> args);

}  // namespace zdr::ctl
