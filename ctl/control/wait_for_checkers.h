// Waiting until everybody who checks a server has noticed a flip.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "ctl/command_table.h"
#include "zdr/model/acknowledgement.h"

namespace zdr::ctl {

inline constexpr std::chrono::milliseconds kDefaultTimeout(60'000);

// What a state that cannot lead to the goal means: somebody undid the flip (an error), or nobody has flipped yet.
enum class OtherState { kFails, kWaits };

struct Wait {
    Goal goal = Goal::kDrained;
    std::chrono::milliseconds timeout = kDefaultTimeout;
    OtherState other_state = OtherState::kFails;
    // Called at each look; an error ends the wait. Empty: nothing.
    std::function<Result<void>()> meanwhile;
};

// Waits until each of the servers has reached the goal, and says so of each on standard error. One that nobody checks
// is said to be so, and not waited for. Errors: kTimedOut, naming who is missing, at the time-out and when interrupted;
// kFailed where somebody undid the flip; those of open_table() and find_servers(). No state is changed.
Result<void> wait_for(std::span<const std::string> names, const Wait& wait, const Options& options, Env& env);

}  // namespace zdr::ctl
