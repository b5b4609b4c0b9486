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

// A line each; the last says what the shell itself may offer.
std::string format_completion(const Completion& completion);

// The command of that name, for a program's table; what stands after -- are the words.
inline constexpr Command kCompleteCommand = {
    .name = "complete",
    .summary = "what may stand for the last WORD, for a shell's completion",
    .details =
        "The words are those after the program's name; packaging/completion has the scripts that\n"
        "ask this. The last line says what the shell itself may offer: :files, :directories,\n"
        ":commands or :nothing.\n",
    .trailing = {.name = "WORD", .required = false},
    .is_for_scripts = true,
};

// words: those after the program's name; the last is begun, and may be empty. Mistakes in them are no error.
Completion complete(const Program& program, std::span<const std::string> words, const ServerNames& server_names);

}  // namespace zdr::cli
