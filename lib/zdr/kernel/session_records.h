// What the pinned iterator gives of each session, and what that says of the servers.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/sessions.h"
#include "zdr_session.h"

namespace zdr {

// Every record that the pinned iterator gives. Errors: of open() and read().
Result<std::vector<zdr_session>> read_sessions(const std::string& pins);

// Counts records. One session may be several servers': of those with its app port, each that has its address or any
// address. tick: the length of one of the records' ticks.
std::vector<SessionCounts> count_sessions(std::span<const zdr_session> records, std::chrono::nanoseconds tick,
                                          std::span<const ServerEntry> servers,
                                          std::span<const std::optional<Port>> active = {});

// Of one server, by the port of the listener that took them: those of its app port, and those of its handover ports.
std::vector<InstanceSessions> count_instance_sessions(std::span<const zdr_session> records,
                                                      std::chrono::nanoseconds tick, const Server& server);

// Of one server, the cookies of those that the instance at a port has.
std::set<std::uint64_t> find_instance_sessions(std::span<const zdr_session> records, const Server& server, Port port);

bool is_active(const zdr_session& session, std::chrono::nanoseconds tick);

// The length of the kernel's tick.
std::chrono::nanoseconds kernel_tick();

}  // namespace zdr
