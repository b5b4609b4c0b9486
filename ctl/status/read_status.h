// What the kernel holds of all servers or some, read at one moment: for status, metrics and doctor.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ctl/status/attached_hooks.h"
#include "zdr/control/context.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/sessions.h"
#include "zdr/model/checkers.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr::ctl {

struct ServerStatus {
    Server server;
    Flip flip;
    Checks checks;
    std::optional<SessionCounts> sessions;  // none: unknown
    std::optional<bool> listening{};        // whether the app listens; none: unknown
    bool is_published = false;              // from a container, so that remote checks are rewritten
    bool is_registered = false;             // has a listener that remote checks are given to
    bool is_held = false;                   // by a restart that still runs
    // Of a server with handover ports: the instances that have sessions.
    std::vector<InstanceSessions> instances{};

    // Whether checks from other hosts are rewritten: it is published, or has only a listener that cannot be given to
    // them.
    bool is_rewritten() const { return is_published || (listening == true && !is_registered); }
};

struct Status {
    std::uint32_t abi = 0;
    std::vector<HookStatus> hooks;
    std::vector<ServerStatus> servers;
};

// The servers of these names, in their order; all, by name, where none is given. Errors: kNoSuchServer, and those of
// the maps.
Result<Status> read_status(const LockedTable& opened, std::span<const std::string> names);

// A time of a record in whole seconds. Records are unsigned in the kernel and written by anyone in the group, so a huge
// time is read as it is there: as the far future.
std::chrono::seconds whole_seconds(std::chrono::nanoseconds time);

// How long a flip still lasts: none where it lasts for ever or is over.
std::optional<std::chrono::seconds> time_left(const Flip& flip, const Now& now);

// Whether the flip was for a time that is over.
bool is_expired(const Flip& flip, const Now& now);

}  // namespace zdr::ctl
