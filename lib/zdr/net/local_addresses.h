// The addresses of this host's interfaces.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// As they are now in this network namespace; 127.0.0.1 stands for 127.0.0.0/8. Errors: of getifaddrs().
Result<std::vector<Address>> local_addresses();

// The number of the interface that has this IPv6 address; none: it is not of this host, or this cannot be known.
std::optional<unsigned> interface_of(const Address& address);

// Whether an address is one of those.
bool is_local(const Address& address, std::span<const Address> local);

}  // namespace zdr
