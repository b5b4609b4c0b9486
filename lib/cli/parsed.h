// A command line that was parsed: which command it names, and what it says.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.h"

namespace zdr::cli {

// What the program shows instead of running a command: a help or its version.
struct Answer {
    std::string text;
    int exit_status = 0;  // 0: the text is for standard output; otherwise for standard error
};

struct Parsed {
    const Command* command = nullptr;     // null only with an answer, and in completion
    std::optional<Answer> answer = {};    // to be shown, and nothing else done
    std::vector<std::string> words = {};  // those that are not options, as often as they were given
    std::vector<std::string> after = {};  // what stands after --, for a command that takes it
    std::map<std::string, std::vector<std::string>, std::less<>> given = {};  // by option; a switch has one, empty

    // Whether an option was given.
    bool flag(std::string_view option) const;
    // The value of an option that may be given once.
    std::optional<std::string> value(std::string_view option) const;
    // All values of an option, in their order.
    const std::vector<std::string>& values(std::string_view option) const;
};

}  // namespace zdr::cli
