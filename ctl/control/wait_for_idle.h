// Waiting until no session of a server is active.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "ctl/command_table.h"
#include "ctl/control/server_lookup.h"

namespace zdr::ctl {

inline constexpr std::chrono::milliseconds kDefaultIdleTimeout(30'000);

struct Idle {
    enum class End {
        kIdle,
        kBusy,     // when the time was over
        kUnknown,  // the sessions cannot be counted here
    };
    End end;
    std::string text;  // why it is not kIdle
};

// Waits until none of the servers has an active session, and says so on standard error. meanwhile is called at each
// look, and its error ends the wait; empty: nothing. Errors: kTimedOut
// when interrupted; those of open_table() and find_servers().
Result<Idle> wait_until_idle(std::span<const std::string> names, IfMissing if_missing,
                             std::chrono::milliseconds timeout, const std::function<Result<void>()>& meanwhile,
                             const Options& options, Env& env);

}  // namespace zdr::ctl
