// The options that every command of zdrctl has, and values that many read in the same way.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/parsed.h"
#include "ctl/env.h"
#include "zdr/base/error.h"
#include "zdr/control/context.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr::ctl {

struct CommonOptions {
    std::string state_dir;
    std::vector<HaproxyEndpoint> haproxy;
    bool is_quiet = false;
    bool is_verbose = false;
};

// $ZDR_STATE_DIR is the state directory where none is given. Usage errors: a --haproxy that is no socket.
Result<CommonOptions> common_options(const cli::Parsed& parsed, const Env& env);

// Reports go to standard error, unless --quiet; what is pending only where that is a terminal. Env outlives it.
Context make_context(const CommonOptions& common, Env& env);

// The words of a command line, each once: what is asked twice is done once.
std::vector<std::string> names_of(const cli::Parsed& parsed);

// The time that an option says, which names its unit. Usage errors begin with the option.
Result<std::optional<std::chrono::milliseconds>> duration_of(const cli::Parsed& parsed, std::string_view option);

// That of --ttl, at least a second.
Result<std::optional<std::chrono::milliseconds>> ttl_of(const cli::Parsed& parsed);

}  // namespace zdr::ctl
