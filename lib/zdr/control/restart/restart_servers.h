// The restart of servers, batch by batch, that no client notices.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/control/context.h"
#include "zdr/control/restart/restart_request.h"
#include "zdr/model/server.h"

namespace zdr {

// So many servers at a time, or so many percent of those that are named, but at least one.
struct BatchSize {
    std::size_t number = 1;
    bool is_percentage = false;

    std::size_t of(std::size_t servers) const;
};

using Batches = std::vector<std::vector<Server>>;

// The servers of these names and patterns, in batches, and none across the end of the canary. Nothing is changed. Every
// batch is held against the safety rule before the first is touched, each as if it left alone. Errors: those of
// open_table() and find_servers(), and kUnsafe unless forced.
Result<Batches> plan_restart(std::span<const std::string> names, BatchSize size, const RestartRequest& request,
                             const Context& context);

// Whether nothing that can be seen now would stop the restart halfway: commands that are not there, a HAProxy that does
// not answer.
Result<void> check_restart(const Batches& batches, const RestartRequest& request, const Context& context);

// What a restart would do, a line for each server.
std::string format_plan(const Batches& batches, const RestartRequest& request);

// Restarts one batch after the other, and reports each step. An error stops it, and says what has become of each
// server, which ones stay out, and how to go on.
RestartOutcome restart_servers(const Batches& batches, const RestartRequest& request, const Context& context);

// All of them untouched: nothing was begun, for this reason.
RestartOutcome refused_restart(const Batches& batches, Error error);

}  // namespace zdr
