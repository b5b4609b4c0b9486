// Waiting until everybody who checks a server has noticed a flip.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "zdr/control/context.h"
#include "zdr/model/acknowledgement.h"

namespace zdr {

inline constexpr std::chrono::milliseconds kDefaultTimeout(60'000);

// What a state that cannot lead to the goal means: somebody undid the flip (an error), or nobody has flipped yet.
enum class OtherState { kFails, kWaits };

struct WaitRequest {
    Goal goal = Goal::kDrained;
    std::chrono::milliseconds timeout = kDefaultTimeout;
    OtherState other_state = OtherState::kFails;
    bool unchecked = false;  // where nobody checks a server, nothing is waited for
    // Called at each look; an error ends the wait. Empty: nothing.
    std::function<Result<void>()> meanwhile;
};

// Waits until each of the servers has reached the goal, and reports it of each, with those who ask and are not waited
// for. One that nobody checks reaches nothing, unless HAProxy itself says so or no checker is needed. Errors:
// kTimedOut and kInterrupted, naming who is missing; kFailed where somebody undid the flip; those
// of open_table() and find_servers(). No state is changed.
Result<void> wait_for_checkers(std::span<const std::string> names, const WaitRequest& wait, const Context& context);

}  // namespace zdr
