// What HAProxy checks (by its configuration, or as it runs) held against the servers that are loaded.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/doctor/finding.h"
#include "ctl/doctor/health_checked_servers.h"
#include "zdr/haproxy/config_file.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/runtime_state.h"
#include "zdr/model/server.h"
#include "zdr/net/listening_sockets.h"

namespace zdr::ctl {

// What of this host decides whether somebody answers.
struct Sockets {
    std::optional<std::vector<ListeningSocket>> listening;  // none: not known
    std::vector<Address> local;                             // addresses of this host
    // Tries a connection, for what no listening socket tells: a port that is published from a container.
    std::function<bool(const Address& address, Port port)> accepts;

    bool is_local(const Address& address) const;
    // Those that take connections to this port of this address; none: of any address. Empty where that is not known.
    std::vector<ListeningSocket> on(Port port, const std::optional<Address>& address) const;
    // Whether somebody takes connections there.
    bool answers(const Address& address, Port port) const;
};

struct PortOrder {
    bool operator()(Port a, Port b) const { return a.host() < b.host(); }
};

// Our servers, by what HAProxy may know them by.
class ServerIndex {
  public:
    ServerIndex(std::span<const Server> ours, std::span<const Address> local);

    // Whether HAProxy's server is one of ours: it checks one of our ports (or would, if connections checked it), or has
    // our name, or our address.
    bool has(const HaproxyServer& theirs) const;

  private:
    std::span<const Address> local_;
    std::multimap<Port, const Server*, PortOrder> by_app_port_;
    std::multimap<Port, const Server*, PortOrder> by_status_port_;
    std::multimap<std::string, const Server*> by_name_;
};

// Findings about ours first, in their order, then about theirs. source names HAProxy: "h.cfg".
Findings compare_checks(std::span<const CheckedServer> theirs, std::string_view source, std::span<const Server> ours,
                        const Sockets& sockets);

}  // namespace zdr::ctl
