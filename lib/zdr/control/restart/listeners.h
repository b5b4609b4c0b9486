// The listening sockets of a server's app port.
#pragma once

#include <vector>

#include "zdr/base/error.h"
#include "zdr/model/server.h"
#include "zdr/net/listening_sockets.h"

namespace zdr {

// Those of this network namespace that take what comes to the server. Errors: of listening_sockets().
Result<std::vector<ListeningSocket>> listeners(const Server& server);

}  // namespace zdr
