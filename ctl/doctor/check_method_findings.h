// How HAProxy checks the servers of a backend, as far as that makes a drain fail or surprises.
#pragma once

#include <string_view>
#include <vector>

#include "ctl/doctor/finding.h"
#include "zdr/haproxy/health_checks.h"

namespace zdr::ctl {

// lines: those of its servers that are looked at.
Findings find_in_checks(const HaproxyProxy& proxy, const HaproxyHealthChecks& checks, std::string_view file,
                        const std::vector<const HaproxyServerLine*>& lines);

}  // namespace zdr::ctl
