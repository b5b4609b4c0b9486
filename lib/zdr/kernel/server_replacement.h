// Making the kernel's servers those of a set: what stays keeps its slot, its state and its counts.
#pragma once

#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/model/initial_state.h"
#include "zdr/model/server.h"
#include "zdr/model/server_changes.h"

namespace zdr {

// For root, under the exclusive lock; pins is the directory of the maps, of this ABI or one that is carried over;
// servers has no clash. A server of the same
// name keeps its state, whatever else of it changed. Connections see one atomic step. On an error the set is as before;
// if the process is killed half-way, each server is either old or new, and the next replacement completes it. Errors:
// more than ZDR_MAX_SERVERS servers, and those of the maps.
Result<Changes> replace_servers(const std::string& pins, std::span<const Server> servers, const InitialState& initial);

}  // namespace zdr
