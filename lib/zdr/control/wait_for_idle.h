// Waiting until no session of a server is active.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>

#include "zdr/control/context.h"
#include "zdr/control/server_lookup.h"

namespace zdr {

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

// Looks again and again until what is looked at is idle or not known, or that time has passed; between two looks is at
// least that pause, and so long that they cost little. meanwhile is called at each look, and its error ends the wait;
// empty: nothing. Errors: of look; kInterrupted.
Result<Idle> look_until_idle(const std::function<Result<Idle>()>& look, std::chrono::milliseconds timeout,
                             std::chrono::milliseconds least_pause, const std::function<Result<void>()>& meanwhile,
                             const Context& context);

// Waits until none of the servers has an active session, and reports it of each. Errors: those of
// look_until_idle(), open_table() and find_servers().
Result<Idle> wait_until_idle(std::span<const std::string> names, IfMissing if_missing,
                             std::chrono::milliseconds timeout, const std::function<Result<void>()>& meanwhile,
                             const Context& context);

}  // namespace zdr
