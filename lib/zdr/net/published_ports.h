// Which TCP ports of this host are published from containers: connections there go to a container, past whatever
// listens here.
#pragma once

#include <bitset>
#include <optional>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/listening_sockets.h"
#include "zdr/net/nat/nat_rules.h"

namespace zdr {

class PublishedPorts {
  public:
    PublishedPorts() = default;
    // From what the firewall translates, the sockets that are held for containers, and this host's addresses. A
    // translation to one of these publishes nothing: the app is here, at another port.
    PublishedPorts(std::vector<Translation> translations, std::vector<ListeningSocket> held,
                   const std::vector<Address>& local);

    // Whether connections of other hosts to this address (none: to any address of this host) and port go to a
    // container. Also where only some do, such as those of one source.
    bool has(const std::optional<Address>& address, Port port) const;

    // Whether a rule gives connections to this address (none: to any address of this host) and port another
    // destination, in a container or here, and be it only some of them.
    bool is_translated(const std::optional<Address>& address, Port port) const;

  private:
    struct Publication {
        DestinationFilter filter;
        bool is_local = false;  // of some address of this host
        bool is_here = false;   // it leads to this host
    };

    template <class Holds>
    bool any(const std::optional<Address>& address, Port port, const Holds& holds) const;

    std::vector<Publication> publications_;
    std::bitset<65536> candidates_;  // what is not here is in no publication, so that most ports need no look at each
    std::vector<ListeningSocket> held_;
};

// What this network namespace publishes now: by the destination NAT of its firewall (nat/firewall.h has which), and by
// processes that hold or forward a port (port_holders.h). Does not see what other means do, such as IPVS and eBPF. For
// root. Errors: the firewall's rules, this host's addresses or its listening sockets cannot be read.
Result<PublishedPorts> published_ports();

}  // namespace zdr
