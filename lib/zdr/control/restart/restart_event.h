// What a restart has just done, for programs that follow it; people read what the context reports.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/model/server.h"

namespace zdr {

enum class RestartStep {
    kFlipped,        // into that state
    kAcknowledged,   // everybody who checks knows of the state
    kIdle,           // no session is active
    kBusy,           // sessions are active, or cannot be counted; it goes on, or fails where the request says so
    kCommandBegun,   // of each of the servers
    kCommandEnded,   // of one, with that exit status
    kAppUp,          // the new app of one answers
    kFailed,         // the new app of one does not come up, or is gone again
    kRollbackBegun,  // of one
    kRollbackEnded,  // of one; has_succeeded: its app answers, and it is ready
    kStartBegun,     // of a new instance of each of the servers
    kStartEnded,     // of one; has_succeeded: the command exited 0
    kHandedOver,     // one is led to the new instance at that port
    kArrived,        // ... and a connection has arrived there
    kStopBegun,      // of an instance of each of the servers: the old one, or a new one that does not come up
    kStopEnded,      // of one; has_succeeded: the command exited 0
    kCanary,         // the first servers are ready, and are looked at before it goes on
};

std::string_view to_string(RestartStep step);

struct RestartEvent {
    RestartStep step;
    std::vector<std::string> servers;                  // which it is about
    std::optional<State> state{};                      // flipped and acknowledged
    std::optional<int> exit_status{};                  // command-ended; none: it could not be started
    std::optional<bool> has_succeeded{};               // rollback-ended, start-ended and stop-ended
    std::optional<std::chrono::milliseconds> pause{};  // canary; none: a person is asked
    std::string text{};                                // busy and failed: why
    std::optional<Port> port{};                        // handed-over and arrived
};

// Called in the restart's own thread; it does not throw.
using OnRestartEvent = std::function<void(const RestartEvent& event)>;

}  // namespace zdr
