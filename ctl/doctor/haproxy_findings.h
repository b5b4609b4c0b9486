// What in a HAProxy configuration makes a drain fail or surprises, judged from the file alone.
#pragma once

#include <functional>
#include <string_view>

#include "ctl/doctor/finding.h"
#include "zdr/haproxy/config_file.h"
#include "zdr/haproxy/health_checks.h"

namespace zdr::ctl {

// Whether a server line is of a server that zdr has, or could have. Its backend is looked at then.
using ConcernsZdr = std::function<bool(const HaproxyProxy& proxy, const HaproxyServerLine& line)>;

// Whether checks go to a port that is not that of the traffic: zdr could have this server.
bool has_own_check_port(const HaproxyServerLine& line, const HaproxyHealthChecks& checks);

// Findings in no order but that of the backends; file is how they name it. A server's twins are looked at with it.
Findings find_in_haproxy_config(const HaproxyConfig& config, std::string_view file, const ConcernsZdr& concerns);

// "webA", or of a template "web1-3".
std::string format_server(const HaproxyServerLine& line);

}  // namespace zdr::ctl
