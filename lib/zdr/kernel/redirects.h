// What is redirected where, as the kernel programs read it: derived from the servers, built anew and swapped in whole.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/server_table.h"
#include "zdr_abi.h"

namespace zdr {

struct Redirect {
    zdr_redirect_key key;
    zdr_target target;
    bool blocks_wildcard_bind;  // it is on an address of this host: new binds to all addresses are refused, too
    std::vector<PortRange> listeners{};  // beside the app port, the ports on which what it leads to may listen
};

// One for each address and status port of a server, and for its app port where other instances may be active; local are
// this host's addresses (local_addresses()).
std::vector<Redirect> redirects_of(std::span<const ServerEntry> servers, std::span<const Address> local);

class Redirects {
  public:
    // Opens the pins in a directory; for root. Errors: of open().
    static Result<Redirects> open(const std::string& pins);
    // Over maps that are open already (ZDR_MAP_REDIRECTS, ZDR_MAP_PORTS and ZDR_MAP_INSTANCES).
    Redirects(UniqueFd tries, UniqueFd ports, UniqueFd instances)
        : tries_(std::move(tries)), ports_(std::move(ports)), instances_(std::move(instances)) {}

    // Makes them these and no others. For a connection it is one atomic step; on an error nothing has changed. Before
    // that step, when the hooks know the new app ports already, before_swap is called: its error ends it.
    Result<void> replace(std::span<const Redirect> redirects,
                         const std::function<Result<void>()>& before_swap = {}) const;

  private:
    struct PortBits {
        std::vector<zdr_port_bits> ports;
        std::vector<__u64> instances;  // zdr_instances
    };
    static PortBits port_bits_of(std::span<const Redirect> redirects);

    Result<PortBits> read_ports() const;
    Result<void> write_ports(const PortBits& now, const PortBits& next) const;

    UniqueFd tries_;
    UniqueFd ports_;
    UniqueFd instances_;
};

}  // namespace zdr
