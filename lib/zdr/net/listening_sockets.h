// The listening TCP sockets of this network namespace, as sock_diag(7) lists them; anybody may ask.
#pragma once

#include <cstdint>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct ListeningSocket {
    Address::Words words{};  // of its address, as Address has them; all zero, or those of ::ffff:0.0.0.0: any
    Port port{1};
    bool is_v6 = false;
    bool is_v6_only = false;
    std::uint64_t cookie = 0;  // never given again
    std::uint64_t inode = 0;   // as /proc/PID/fd shows it; 0: no process has it
    std::uint32_t uid = 0;     // who made it
    std::uint32_t queued = 0;  // connections that are established, and that the app has not accepted yet

    bool is_on_any() const;
    // Whether it takes a connection to this address.
    bool takes(const Address& address) const;
};

// Sorted by port. Errors: of netlink.
Result<std::vector<ListeningSocket>> listening_sockets();

}  // namespace zdr
