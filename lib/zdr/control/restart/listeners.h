// The listening sockets of a server's app port, to tell a new one from those that were there before.
#pragma once

#include <cstdint>
#include <set>

#include "zdr/base/error.h"
#include "zdr/model/server.h"

namespace zdr {

// Those of this network namespace, by cookie, which is never given again. As sock_diag(7) lists them; anybody may ask.
Result<std::set<std::uint64_t>> listeners(const Server& server);

}  // namespace zdr
