// What may stand for the last word of a command line that is being typed, for a shell's completion.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/parsed.h"
#include "cli/program.h"

namespace zdr::cli {

struct Completion {
    std::vector<std::string> candidates;  // each begins with what was typed
    // What the shell itself may offer there: kFile, kDirectory, kCommand, or kText for nothing.
    Kind shell = Kind::kText;
};

// The names of all servers, asked where one may stand. The line so far is given as it can be understood.
using ServerNames = std::function<std::vector<std::string>(const Parsed& so_far)>;

// words: those after the program's name; the last is begun, and may be empty. Mistakes in them are no error.
Completion complete(const Program& program, std::span<const std::string> words, const ServerNames& server_names);

}  // namespace zdr::cli
