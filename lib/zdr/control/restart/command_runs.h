// Commands that run side by side until all have ended, or it is time to stop.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/control/restart/child.h"

namespace zdr {

struct CommandRun {
    std::string server;  // whose it is
    std::vector<std::string> command;
    std::optional<int> status{};   // as Child has it; none: it could not be started, or runs still
    std::optional<Error> error{};  // of the start
};

// Starts all of them and waits for all; has_ended is called for each that has. meanwhile is called again and again, and
// its error ends the wait. An interrupt is forwarded once to each that runs: they have a while to end, a second
// interrupt ends that. Errors: kInterrupted, and meanwhile's; both name what still runs, which is left alone. Reports
// each that has ended well.
Result<void> run_commands(std::span<CommandRun> runs, ChildOutput output,
                          const std::function<Result<void>()>& meanwhile,
                          const std::function<void(const CommandRun&)>& has_ended, const Context& context);

// Why a run has failed; none: it exited 0.
std::optional<Error> failure_of(const CommandRun& run);

// Reports a process that has started since that moment (clock_ticks()) and writes where this one does, if that is a
// pipe or socket: who reads it to its end waits for that process, too.
void report_output_holder(std::uint64_t since, const Context& context);

}  // namespace zdr
