// What this kernel and host offer to zdr, each need tried for real in a scratch place.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace zdr::loader {

struct Finding {
    std::string need;
    bool ok;
    bool required;       // zdr cannot work without it
    std::string detail;  // what is there; or what is missing, and what to do
};

// cgroup: the one to attach to; none or "auto": the root of cgroup v2.
std::vector<Finding> check_host(const std::optional<std::string>& cgroup, const std::string& group);

}  // namespace zdr::loader
