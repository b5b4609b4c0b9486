// A made-up program that has an option and a command of every kind.
#pragma once

#include <string>
#include <vector>

#include "cli/parse.h"
#include "cli/program.h"

namespace zdr::test {

inline constexpr std::string_view kGoals[] = {"drained", "idle", "ready"};
inline constexpr std::string_view kOnBusy[] = {"continue", "fail"};

inline constexpr std::string_view kHaproxyReaders[] = {"drain", "wait", "restart"};

inline constexpr cli::Option kCommon[] = {
    {.name = "state-dir", .argument = "DIR", .help = "where the state is", .kind = cli::Kind::kDirectory},
    {.name = "haproxy",
     .argument = "SOCKET",
     .help = "ask this HAProxy too",
     .kind = cli::Kind::kFile,
     .times = cli::Times::kMany,
     .readers = kHaproxyReaders},
    {.name = "quiet", .letter = 'q', .help = "say nothing but errors"},
    {.name = "verbose", .letter = 'v', .help = "say more"},
};

inline constexpr cli::Option kDrain[] = {
    {.name = "reason", .argument = "TEXT", .help = "why"},
    {.name = "force", .letter = 'f', .help = "even if no server is left"},
    {.name = "batch", .letter = 'b', .argument = "N", .help = "so many at a time"},
};

inline constexpr cli::Option kWait[] = {
    {.name = "for",
     .argument = "GOAL",
     .help = "drained, idle or ready",
     .kind = cli::Kind::kOneOf,
     .allowed = kGoals,
     .required = true},
    {.name = "until", .argument = "NAME", .help = "or until this server is gone", .kind = cli::Kind::kServer},
};

inline constexpr cli::Option kRestart[] = {
    {.name = "on-busy",
     .argument = "WHAT",
     .help = "when sessions do not become idle: continue (default), or fail; a session is busy while a request of it "
             "is not answered, and for a second after that",
     .kind = cli::Kind::kOneOf,
     .allowed = kOnBusy},
};

inline constexpr cli::Option kAdd[] = {
    {.name = "port", .argument = "PORT", .help = "where the app listens", .required = true},
    {.name = "address", .argument = "ADDRESS", .help = "of the server", .times = cli::Times::kMany},
};

inline constexpr cli::Words kSomeServers = {
    .name = "NAME", .at_least = 1, .at_most = cli::kAnyNumber, .kind = cli::Kind::kServer};

inline constexpr cli::Command kCommands[] = {
    {.name = "status",
     .summary = "show the servers",
     .words = {.name = "NAME", .at_most = cli::kAnyNumber, .kind = cli::Kind::kServer}},
    {.name = "drain",
     .summary = "refuse new clients",
     .details = "The backup status port still works.\n",
     .options = kDrain,
     .words = kSomeServers},
    {.name = "wait", .summary = "wait for a state", .options = kWait, .words = kSomeServers},
    {.name = "restart",
     .summary = "restart servers",
     .options = kRestart,
     .words = kSomeServers,
     .trailing = {.name = "COMMAND", .kind = cli::Kind::kCommand}},
    {.name = "add", .summary = "add a server", .options = kAdd, .words = {.name = "NAME", .at_least = 1, .at_most = 1}},
    {.name = "doctor",
     .summary = "find faults",
     .words = {.name = "HAPROXY.CFG", .at_most = 1, .kind = cli::Kind::kFile}},
    {.name = "complete",
     .summary = "complete words",
     .trailing = {.name = "WORD", .required = false},
     .is_for_scripts = true},
    {.name = "metrics", .summary = "print metrics"},
};

inline constexpr cli::Program kProgram = {
    .name = "ctl",
    .version = "1.2.3",
    .summary = "Flips servers.",
    .arguments = "COMMAND [OPTION...] [NAME...]",
    .commands = kCommands,
    .common_options = kCommon,
    .closing = "exit status: 0 done\n",
};

using Line = std::vector<std::string>;

// The sentence about what is wrong with it.
inline std::string mistake(const Line& args) {
    const auto parsed = cli::parse(kProgram, args);
    if (parsed) return "nothing";
    return parsed.error().code == make_error_code(Errc::kUsage) ? parsed.error().text : "not Errc::kUsage";
}

}  // namespace zdr::test
