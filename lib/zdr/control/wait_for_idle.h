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

// Waits until none of the servers has an active session, and reports it of each. meanwhile is called at each
// look, and its error ends the wait; empty: nothing. Errors: kInterrupted; those of open_table() and find_servers().
Result<Idle> wait_until_idle(std::span<const std::string> names, IfMissing if_missing,
                             std::chrono::milliseconds timeout, const std::function<Result<void>()>& meanwhile,
                             const Context& context);

}  // namespace zdr
