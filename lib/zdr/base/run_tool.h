// Asking the tools of the system (iptables, nft): each is run without a shell, and for a limited time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

struct ToolLimits {
    std::chrono::milliseconds time{5000};
    std::size_t output = std::size_t{64} << 20;  // bytes
};

// The path of a tool of the system, whatever PATH says; none where it is not installed.
std::optional<std::string> find_tool(std::string_view name);

// What a tool writes on standard output. command begins with its path. It has no input, and of the caller's environment
// nothing (its messages are in English); it runs in the namespaces of the calling thread. It has ended when this
// returns: it is killed when it exceeds a limit. Errors: of posix_spawn(); a status other than 0, with the first line
// of its standard error; kTimedOut; more output than the limit.
Result<std::string> run_tool(const std::vector<std::string>& command, const ToolLimits& limits = {});

}  // namespace zdr
