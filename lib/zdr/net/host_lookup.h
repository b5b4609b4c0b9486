// The addresses of a host's name, within a time: getaddrinfo() knows no limit, and a name server may never answer.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

// None where it is neither IPv4 nor IPv6.
std::optional<Address> address_of(const sockaddr* address);

// At least one, each with that port, in the order in which to try them. Errors do not name the host: it has no address,
// or the time is over.
Result<std::vector<SocketAddress>> look_up_host(const std::string& host, Port port, std::chrono::milliseconds within);

}  // namespace zdr
