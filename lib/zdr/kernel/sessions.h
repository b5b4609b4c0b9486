// Sessions: the established connections to servers' app ports, as the kernel has them, without the health checks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"

namespace zdr {

// A session is active while data moves either way, and so long after; and while an answer is owed or on its way.
inline constexpr std::chrono::milliseconds kIdleAfter{1000};

struct SessionCounts {
    std::size_t active = 0;
    std::size_t idle = 0;

    bool operator==(const SessionCounts&) const = default;
};

// The sessions of one instance of a server's app, by the port on which that listens.
struct InstanceSessions {
    Port port;
    SessionCounts sessions;

    bool operator==(const InstanceSessions&) const = default;
};

// The same by instances, in the order of the servers: of one with handover ports those of each instance that has any,
// by port; of others none. The sockets are read once, and only where a server has such ports.
Result<std::vector<std::vector<InstanceSessions>>> count_instance_sessions(const std::string& pins,
                                                                           std::span<const ServerEntry> servers);

// Which they are of the instance at a port, each by a number that is never given again; none where the kernel has no
// such iterator.
Result<std::set<std::uint64_t>> find_instance_sessions(const std::string& pins, const Server& server, Port port);

// The sessions of each server, in the order of the servers, in one pass over the sockets; active: where their apps are
// (Flip::active_port), if not at their app ports; the lock of the state
// directory is not needed. All are none, unknown, where the kernel has no such iterator, or where this process is in
// another network namespace than the served one (ServerTable::netns_cookie()). Errors: of opening and reading the
// iterator pinned in the directory of pins.
Result<std::vector<std::optional<SessionCounts>>> count_sessions(const std::string& pins, std::uint64_t served_netns,
                                                                 std::span<const ServerEntry> servers,
                                                                 std::span<const std::optional<Port>> active = {});

}  // namespace zdr
