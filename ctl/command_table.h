// The commands of zdrctl: one table that the command line, the help and the dispatch are made from.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/env.h"
#include "zdr/base/error.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr::ctl {

// A command line, parsed. A command finds set only what its own options allow.
struct Options {
    std::string state_dir;
    bool quiet = false;
    bool verbose = false;
    bool help = false;
    bool version = false;
    std::vector<HaproxyEndpoint> haproxy;
    std::vector<std::string> names;  // in the order given, each once

    bool json = false;
    bool watch = false;

    bool no_wait = false;
    bool force = false;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::chrono::milliseconds> ttl;
    std::optional<std::string> reason;
    std::optional<std::string> goal;  // of wait --for

    std::optional<std::string> batch;
    std::optional<std::string> ready_url;
    std::optional<std::chrono::milliseconds> idle_timeout;
    std::optional<std::string> on_busy;
    bool keep_listener = false;
    bool dry_run = false;
    std::vector<std::pair<std::string, std::string>> settings;  // of add: keys and values of zdr.conf
    std::vector<std::string> command;                           // what stands after --
};

enum class Times { kOnce, kMany };

struct Option {
    const char* name;      // "reason", or with its short form "quiet,q"
    const char* argument;  // as help shows it; null: a switch
    const char* help;
    Times times = Times::kOnce;
};

struct Command {
    std::string_view name;
    const char* arguments;  // as help shows them
    bool needs_names;
    const char* summary;
    const char* notes;  // further lines of help, each ended by a newline
    std::span<const Option> options;
    bool takes_command;  // after --
    // Errors name what was tried on what, but not the program.
    Result<void> (*run)(const Options& options, Env& env);
};

std::span<const Command> commands();
// Null when there is none of that name.
const Command* find_command(std::string_view name);
// The options that every command has.
std::span<const Option> common_options();

Result<void> complete(const Options& options, Env& env);
Result<void> import_config(const Options& options, Env& env);
Result<void> add(const Options& options, Env& env);
Result<void> remove(const Options& options, Env& env);
Result<void> apply(const Options& options, Env& env);
Result<void> doctor(const Options& options, Env& env);
Result<void> metrics(const Options& options, Env& env);
Result<void> help(const Options& options, Env& env);
Result<void> status(const Options& options, Env& env);
Result<void> drain(const Options& options, Env& env);
Result<void> maint(const Options& options, Env& env);
Result<void> ready(const Options& options, Env& env);
Result<void> wait(const Options& options, Env& env);
Result<void> restart(const Options& options, Env& env);

}  // namespace zdr::ctl
