// What of HAProxy's checks of one server zdr.conf does not say, so that a wait ends too early or a guard looks
// elsewhere.
#pragma once

#include <vector>

#include "ctl/doctor/finding.h"
#include "ctl/doctor/health_checked_servers.h"
#include "zdr/model/server.h"

namespace zdr::ctl {

// Those of HAProxy's servers that check one of its status ports.
using CheckersOfPort = std::vector<const CheckedServer*>;

// Fall and rise, times (of a file's servers alone), and how many check the port by one HAProxy.
Findings compare_wait(const CheckersOfPort& theirs, const Server& ours);

// The backends that have it, and what an HTTP check asks.
Findings compare_backends(const CheckersOfPort& theirs, const Server& ours);

}  // namespace zdr::ctl
