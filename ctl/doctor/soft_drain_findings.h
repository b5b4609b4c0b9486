// Soft drains: whether a drain port and HAProxy's "http-check disable-on-404" go together, and whether it answers 404.
#pragma once

#include <functional>

#include "ctl/doctor/finding.h"
#include "ctl/doctor/host_findings.h"
#include "ctl/doctor/wait_findings.h"
#include "zdr/control/soft_drain/drain_port.h"
#include "zdr/model/server.h"

namespace zdr::ctl {

// What a file says of the checks of one server, held against its drain port.
Findings compare_soft_drain(const CheckersOfPort& theirs, const Server& ours);

// What answers on the drain ports of this host; ask is ask_drain_port() of a server. Nothing where another network
// namespace is served than can be looked at.
Findings find_in_drain_ports(const Host& host, const std::function<Result<DrainPort>(const Server&)>& ask);

}  // namespace zdr::ctl
