// Connections that are made and waited for within a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/net/endpoint.h"
#include "zdr/net/host_lookup.h"

namespace zdr {

class Deadline {
  public:
    explicit Deadline(std::chrono::milliseconds within)
        : within_(within), end_(std::chrono::steady_clock::now() + within) {}

    // Rounded up, so that a wait of that length ends after the deadline.
    std::chrono::milliseconds left() const;
    // "what within 500 ms"
    tl::unexpected<Error> missed(std::string_view what) const;

  private:
    std::chrono::milliseconds within_;
    std::chrono::steady_clock::time_point end_;
};

// Until the descriptor is ready for these events of poll(), or that time is over (false).
Result<bool> wait_for(const UniqueFd& fd, short events, std::chrono::milliseconds time);

// A link-local address of this host comes with the interface that has it, without which nobody can connect to it.
SocketAddress socket_address(const Address& address, Port port);

// A connected TCP socket that does not block. Each address of the host has its share of the time. Errors: of connect(),
// of look_up_host(), and of the time.
Result<UniqueFd> connect_to(const SocketAddress& address, const Deadline& deadline);
Result<UniqueFd> connect_to(const std::string& host, Port port, const Deadline& deadline);

}  // namespace zdr
