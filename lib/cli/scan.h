// Command-line arguments cut into words and options, by Boost.Program_options. What is wrong with them is judged by
// parse.cc. This is the only place that sees Boost.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/program.h"
#include "zdr/base/error.h"

namespace zdr::cli {

struct Token {
    enum class Kind { kWord, kOption, kUnknown };  // kUnknown: an option that is not in the table

    Kind kind = Kind::kWord;
    const Option* option = nullptr;    // of kOption
    std::optional<std::string> value;  // of kOption; a switch has one where it was written --switch=VALUE
    std::string name;                  // of kUnknown: "--frob" or "-x"
    std::string text;                  // the argument as it was typed; for a letter of a group, the group: "-qx"
};

// The arguments must not have "--". A value is never an argument that begins with - and has more letters, unless it is
// written --option=VALUE: an option whose value is missing has none here.
Result<std::vector<Token>> scan(std::span<const std::string> args, std::span<const Option* const> options);

}  // namespace zdr::cli
