// What makes one set of servers another. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "zdr/model/server.h"

namespace zdr {

struct ChangedServer {
    Server before;
    Server after;
};

// Each by name.
struct Changes {
    std::vector<Server> added;
    std::vector<ChangedServer> changed;
    std::vector<Server> removed;
    std::size_t unchanged = 0;
    std::string published_unknown;  // why nobody knows which ports are published from containers; empty: it is known

    // "which ports are published ... is not known: ...", for whoever changed the servers; empty: it is known.
    std::string published_warning() const;
    bool empty() const { return added.empty() && changed.empty() && removed.empty(); }
};

// Pointers to the servers, in the order of their names.
std::vector<const Server*> by_name(std::span<const Server> servers);

// The servers of one name in both sets; null where there is none.
struct ServerPair {
    const Server* before;
    const Server* after;
};

// In the order of names, as both sets are; neither has a name twice.
std::vector<ServerPair> pair_servers(std::span<const Server* const> before, std::span<const Server* const> after);

Changes changes_of(std::span<const ServerPair> pairs);

// Those of a replacement of one set by the other. Neither set has a name twice.
Changes compare_servers(std::span<const Server> before, std::span<const Server> after);

// What zdr.conf says of a server, by its keys and in their order: port and status-port, and what is not the default.
std::vector<std::pair<std::string_view, std::string>> settings_of(const Server& server);

// "port 1000, status-port 2000, backend srvs"
std::string format_settings(const Server& server);

// "port 1000 -> 1001, backend none -> srvs"
std::string format_difference(const Server& before, const Server& after);

// A line for each server: "+ webA: port 1000, status-port 2000", "~ webB: port 1000 -> 1001", "- webC: ...".
std::string format_changes(const Changes& changes);

// "2 servers: 1 added, 1 unchanged"
std::string format_summary(const Changes& changes);

}  // namespace zdr
