// Flips of servers, all or none, under the lock.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/flip.h"

namespace zdr {

// A server as it was found under the lock.
struct FoundServer {
    ServerEntry entry;
    Flip before;
    State was;  // in force
};

// Where an app is to be; none: at the app port.
struct ActivePort {
    std::optional<Port> port;
};

struct FlipRequest {
    Flip record;                          // of make_flip(); its times become those at which it is written
    std::optional<ActivePort> move_to{};  // what is flipped is this, and the state stays
    std::optional<std::chrono::milliseconds> ttl;
    bool skip_unchanged = true;                      // a server that is in the state for good keeps its record
    bool preserve_since = false;                     // one that is in the state keeps the time of its flip
    IfMissing if_missing = IfMissing::kUnknownName;  // whether the servers were found before
    bool force = false;                              // also where a backend has no ready server left
    // Refuses the whole request for one server; empty: all may be flipped.
    std::function<Result<void>(const FoundServer&)> check;
};

struct Flipped {
    FoundServer found;
    bool changed;
    Flip after;
};

// Compare and set: looks the servers up, checks them all and writes them under one lock, in the order of the names.
// Errors: those of open_table(), find_servers(), the request's check and check_min_ready(); then nothing was changed.
Result<std::vector<Flipped>> flip_servers(std::span<const std::string> names, const FlipRequest& request,
                                          const Context& context);

// Whether flip_servers() would be allowed now. Errors: its own. Changes nothing.
Result<void> check_flip(std::span<const std::string> names, const FlipRequest& request, const Context& context);

// Tells the journal of each that changed.
void log_flips(std::span<const Flipped> flips, const Context& context);

}  // namespace zdr
