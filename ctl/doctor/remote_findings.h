// What of this host comes between the checks of other hosts and the apps. Pure, as host_findings.
#pragma once

#include "ctl/doctor/host_findings.h"

namespace zdr::ctl {

// Findings about all servers first, then about each, in their order.
Findings find_in_remote_checks(const Host& host);

}  // namespace zdr::ctl
