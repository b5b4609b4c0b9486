// What a restart is asked to do, and what has become of each server when it ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/control/lease.h"
#include "zdr/control/restart/restart_event.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"
#include "zdr/model/server.h"

namespace zdr {

// The first servers of a restart, which are looked at before it goes on.
struct Canary {
    std::size_t servers = 0;                           // 0: it does not stop to look
    std::optional<std::chrono::milliseconds> pause{};  // goes on after that time; none: once it is told to
    // Asks a person; none: interrupted, or nobody is there.
    std::function<std::optional<bool>(std::string_view question)> ask{};
};

// The lines of sh that start and stop an instance of an app, in which {port} is the instance's.
struct InstanceCommands {
    std::string start;
    std::string stop;
};

struct RestartRequest {
    // Run for each server as a shell would find it; in each word {name}, {address} and {port} are the server's.
    std::vector<std::string> command;
    // Each thing that is waited for has this time, but for the sessions.
    std::chrono::milliseconds timeout = kDefaultTimeout;
    std::chrono::milliseconds idle_timeout = kDefaultIdleTimeout;
    bool fails_if_busy = false;  // when sessions are not idle in time; else it goes on
    // Goes on once the URL answers 2xx or 3xx, and once this line of sh exits 0; with the same placeholders.
    std::optional<std::string> ready_url{};
    std::optional<std::string> ready_command{};
    // A line of sh, run for a server whose new app does not come up; with the same placeholders.
    std::optional<std::string> rollback{};
    bool keeps_listener = false;      // the command keeps the listening socket
    bool keeps_process = false;       // ... and the process that has it
    bool keeps_output_apart = false;  // what commands write on standard output goes to standard error
    bool unchecked = false;           // goes on where nobody checks a server, and nothing is acknowledged
    // Instead of the command: a new instance beside the old one, which ends when its traffic has gone to the new one.
    std::optional<InstanceCommands> handover{};
    Canary canary{};
    LeaseRequest lease{};
    OnRestartEvent on_event{};  // empty: nobody follows it
};

enum class RestartResult {
    kUntouched,  // it serves what it served before
    kOut,        // out of rotation, and the command has not succeeded
    kRestarted,  // the command has succeeded, but the server was not seen ready
    kReady,
};

std::string_view to_string(RestartResult result);

struct RestartedServer {
    std::string name;
    RestartResult result = RestartResult::kUntouched;
    bool is_rolled_back = false;  // untouched, after all: the rollback has succeeded
};

struct RestartOutcome {
    std::vector<RestartedServer> servers;
    std::optional<Error> error;  // what stopped it
};

}  // namespace zdr
