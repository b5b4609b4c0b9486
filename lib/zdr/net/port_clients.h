// Who is connected to TCP ports, or was a moment ago, as sock_diag(7) lists it; anybody may ask.
#pragma once

#include <cstdint>
#include <set>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct PortClients {
    std::set<Address::Words> addresses;  // of those whose connection ends at one of the ports here
    std::set<std::uint32_t> uids;        // of this host's sockets that are connected to such a port
    bool has_ended_here = false;         // connections of this host, of which nothing tells any more whose they were
};

// In this network namespace. Errors: of netlink.
Result<PortClients> port_clients(const std::set<Port>& ports);

}  // namespace zdr
