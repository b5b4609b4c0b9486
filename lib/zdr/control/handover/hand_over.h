// Leading a server's traffic and checks to another instance of its app, which listens on another port.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "zdr/base/error.h"
#include "zdr/control/context.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct HandoverRequest {
    std::optional<Port> to;      // none: back to the app port
    std::optional<Port> from{};  // refused where somebody has led it elsewhere meanwhile; none: wherever it is led
    std::string reason{};
    bool waits = true;   // until a connection has arrived there
    bool force = false;  // also where nothing listens there
    std::chrono::milliseconds timeout = kDefaultTimeout;
};

struct Led {
    Server instance;                            // the server as its app is reached now
    State state;                                // in force
    bool changed;                               // it was led elsewhere before
    Flip flip;                                  // its record
    std::set<std::uint64_t> sessions_before{};  // of the instance: whoever came to it by its own port
};

// Makes that the active port of the server, whatever its state, and reports it; waits for nothing. Errors: a port that
// is not one of its handover ports (kUsage); nothing that can be given remote connections listens there (kUnsafe); it
// is not led to the port of the request any more (kFailed); those of flip_servers(). Then nothing was changed.
Result<Led> lead(const std::string& name, const HandoverRequest& request, const Context& context);

// Waits until a connection has arrived there, and reports it. Errors: kTimedOut, kInterrupted; kFailed where somebody
// has led it elsewhere meanwhile. Changes nothing.
Result<void> wait_for_arrival(const Led& led, std::chrono::milliseconds timeout, const Context& context);

// Both, as far as the request says so; of a server that is not ready nobody's checks arrive, so nothing is waited for.
// Errors: those of lead(), and those of wait_for_arrival(): then it stays.
Result<void> hand_over(const std::string& name, const HandoverRequest& request, const Context& context);

}  // namespace zdr
