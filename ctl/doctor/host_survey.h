// Looking at this host for doctor.
#pragma once

#include <string>
#include <vector>

#include "ctl/doctor/host_findings.h"
#include "zdr/control/context.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr::ctl {

struct HostSurvey {
    Host host;
    std::vector<HaproxyEndpoint> endpoints;  // of HAProxy, to be asked
};

// Waits for the first checks of ports that none was seen of yet, for three intervals at most. What could not be looked
// at goes to not_inspected. Errors: those of open_table() and read_status(), and a bad socket of HAProxy.
Result<HostSurvey> survey_host(const Context& context, std::vector<std::string>& not_inspected);

}  // namespace zdr::ctl
