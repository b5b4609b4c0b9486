// Leading a server's traffic and checks to another instance of its app, which listens on another port.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "zdr/base/error.h"
#include "zdr/control/context.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct HandoverRequest {
    std::optional<Port> to;  // none: back to the app port
    std::string reason{};
    bool waits = true;   // until a connection has arrived there
    bool force = false;  // also where nothing listens there
    std::chrono::milliseconds timeout = kDefaultTimeout;
};

// Makes that the active port of the server, whatever its state, and reports it. Errors: a port that is not one of its
// handover ports (kUsage); nothing that can be given remote connections listens there (kUnsafe); those of
// flip_servers(): then nothing was changed. kTimedOut and kInterrupted where no connection has arrived: then it stays.
Result<void> hand_over(const std::string& name, const HandoverRequest& request, const Context& context);

}  // namespace zdr
