// Making the kernel's servers those of a set: what stays keeps its slot, its state and its counts.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "zdr/error.h"
#include "zdr/flip.h"
#include "zdr/server.h"

namespace zdr {

// By name.
struct Changes {
    std::vector<std::string> added;
    std::vector<std::string> changed;
    std::vector<std::string> removed;
};

// For root, under the exclusive lock; pins is the directory of the maps, servers has no clash. A server of the same
// name keeps its state, whatever else of it changed; a new one begins as its `start` says, where `last` takes its flip
// from `last_flips` (ready when it is not there). Connections see one atomic step. On an error the set is as before; if
// the process is killed half-way, each server is either old or new, and the next replacement completes it. Errors: more
// than ZDR_MAX_SERVERS servers, and those of the maps.
Result<Changes> replace_servers(const std::string& pins, std::span<const Server> servers,
                                const std::map<std::string, Flip>& last_flips);

}  // namespace zdr
