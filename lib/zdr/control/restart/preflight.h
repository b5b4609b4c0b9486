// What would stop a restart halfway, found before anything is changed.
#pragma once

#include <span>
#include <vector>

#include "zdr/control/restart/restart_request.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr {

// Errors: a program of the request that is not there, or cannot be executed.
Result<void> check_commands(std::span<const Server> servers, const RestartRequest& request);

// Errors: a HAProxy that does not answer; none of those asked that knows a server.
Result<void> check_haproxy(std::span<const Server> servers, const std::vector<HaproxyEndpoint>& endpoints);

}  // namespace zdr
