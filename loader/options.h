// The command line of zdr-loader: its table, and what each command has of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/parsed.h"
#include "zdr/base/error.h"

namespace zdr::loader {

struct LoadOptions {
    std::string config;
    std::string state_dir;
    std::optional<std::string> cgroup;    // overrides the configuration's
    std::vector<std::string> interfaces;  // override the configuration's where there are any
    bool keeps = false;                   // no configuration is read: only the programs are replaced
};

struct UnloadOptions {
    std::string state_dir;
};

struct CheckOptions {
    std::optional<std::string> cgroup;
    std::string state_dir;
    bool probes;
};

const cli::Program& program();

// Whether the command line is right as a whole: every command takes the common options, and they must be right even
// where it does not need them. Errors are Errc::kUsage.
Result<void> judge_options(const cli::Parsed& parsed);

// Names the variable of the environment in an error about a state directory that only it says.
Error with_state_dir_variable(Error error, const cli::Parsed& parsed);

// Of a command line that is right. $ZDR_STATE_DIR is the state directory where none is given.
LoadOptions load_options(const cli::Parsed& parsed);
UnloadOptions unload_options(const cli::Parsed& parsed);
CheckOptions check_options(const cli::Parsed& parsed);

}  // namespace zdr::loader
