// The command line of zdr-loader.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"

namespace zdr::loader {

struct Options {
    std::string command;  // load, unload, check, help or version
    std::string config;
    std::string state_dir;
    std::optional<std::string> cgroup;    // overrides the configuration's
    std::vector<std::string> interfaces;  // override the configuration's where there are any
    bool verbose = false;
};

// Errors of usage name the argument. ZDR_STATE_DIR is the state directory where none is given.
Result<Options> parse_options(int argc, const char* const* argv);

std::string help();

}  // namespace zdr::loader
