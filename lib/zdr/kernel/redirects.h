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
};

// One for each address and status port of a server; local are this host's addresses (local_addresses()).
std::vector<Redirect> redirects_of(std::span<const ServerEntry> servers, std::span<const Address> local);

class Redirects {
  public:
    // Opens the pins in a directory; for root. Errors: of open().
    static Result<Redirects> open(const std::string& pins);
    // Over maps that are open already (ZDR_MAP_REDIRECTS and ZDR_MAP_PORTS).
    Redirects(UniqueFd tries, UniqueFd ports) : tries_(std::move(tries)), ports_(std::move(ports)) {}

    // Makes them these and no others. For a connection it is one atomic step; on an error nothing has changed. Before
    // that step, when the hooks know the new app ports already, before_swap is called: its error ends it.
    Result<void> replace(std::span<const Redirect> redirects,
                         const std::function<Result<void>()>& before_swap = {}) const;

  private:
    using PortBits = std::vector<zdr_port_bits>;

    Result<PortBits> read_ports() const;
    Result<void> write_ports(const PortBits& now, const PortBits& next) const;

    UniqueFd tries_;
    UniqueFd ports_;
};

}  // namespace zdr
