// Putting servers into a state, and waiting until everybody who checks them knows: a drain with acknowledgement.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/control/context.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/model/server.h"

namespace zdr {

struct StateRequest {
    State state = State::kDrain;
    // Given either of these, a server that is in the state already gets a new record.
    std::optional<std::string> reason{};
    std::optional<std::chrono::milliseconds> ttl{};  // ready again by itself after that time; none: stays
    bool until_listening = false;                    // ready again by itself once the app listens anew
    bool force = false;                              // also where a backend has no ready server left
    bool waits = true;                               // until it is acknowledged
    std::chrono::milliseconds timeout = kDefaultTimeout;
    bool unchecked = false;  // waits for those who check; there need not be any
};

// All servers of these names and patterns, or none. Reports what changed, and each acknowledgement. Errors: a reason
// that does not fit (kUsage), those of check_drain_ports() (kDrain), require_checkers(), wait_for_health() and
// flip_servers(), then nothing was changed; those of wait_for_checkers(), then the states stay.
Result<void> set_state(std::span<const std::string> names, const StateRequest& request, const Context& context);

}  // namespace zdr
