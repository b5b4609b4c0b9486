// The instances of a server's app, as they are now: the one that serves it, and what listens beside it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/control/wait_for_idle.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr {

struct Instances {
    Server server;   // as it is configured
    Server serving;  // as its app is reached now: at the active port, or where nothing listens there, at the app port
    Flip flip;       // its record
    State state;     // in force
    bool listens;    // whether anything is there
};

// Of each of these servers. Reports what listens on its ports beside that, and what to do about it. Errors: a server
// without handover ports (kUsage); one that a restart holds which still runs (kUnsafe), unless forced; those of
// open_table(), find_servers() and netlink.
Result<std::vector<Instances>> look_at_instances(std::span<const std::string> names, bool force,
                                                 const Context& context);

// Whether the server may have instances beside the one on its app port. Errors: kUsage, with what to write where.
Result<void> check_has_instances(const Server& server, const Context& context);

// Whether the kernel can give connections to what listens at each address of an instance. Errors: of the registry.
Result<bool> is_registered(const Server& instance, const std::string& pins);

// What is missing until an instance that was just started is registered, as the end of a sentence; empty: nothing.
Result<std::string> missing_registration(const Server& instance, const Context& context);

// Waits until none of these instances, no longer the servers' active ones, has an active session. Errors: kInterrupted;
// those of reading the sessions.
Result<Idle> wait_until_instances_idle(std::span<const Server> instances, std::chrono::milliseconds timeout,
                                       const Context& context);

}  // namespace zdr
