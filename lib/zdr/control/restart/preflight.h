// What would stop a restart halfway, found before anything is changed.
#pragma once

#include <span>

#include "zdr/control/restart/restart_request.h"

namespace zdr {

// Errors: a program of the request that is not there, or cannot be executed.
Result<void> check_commands(std::span<const Server> servers, const RestartRequest& request);

}  // namespace zdr
