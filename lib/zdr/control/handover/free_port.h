// Where a new instance of an app may listen: a port of the server's range that nobody has.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/server_table.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// A port that nobody else gets from claim_free_port() in this network namespace, as long as this lives. The kernel
// gives it up when the process ends, however that ends.
class PortClaim {
  public:
    // None where somebody has it.
    static std::optional<PortClaim> take(Port port);

    Port port() const { return port_; }

  private:
    PortClaim(Port port, UniqueFd name) : port_(port), name_(std::move(name)) {}

    Port port_;
    UniqueFd name_;  // a socket whose name in the network namespace is the claim
};

// The ports of all servers but this one: where their apps are now, and those that HAProxy asks. Errors: of the table.
Result<std::set<Port>> ports_of_others(const ServerTable& table, const std::string& name);

// Whether a socket could be bound there now, at each of the server's addresses; reused: as those are that set
// SO_REUSEADDR, so that connections which have ended there do not matter. What cannot be tried counts as free.
enum class Reuse { kYes, kNo };
bool can_bind(const Server& instance, Reuse reuse);

// One of the server's handover ports that nobody listens on, that can be bound, and that is none of these: the first
// after its active port, so that the ports take turns. Errors: kFailed where none is free; of netlink.
Result<PortClaim> claim_free_port(const Server& server, Port active, const std::set<Port>& others);

}  // namespace zdr
