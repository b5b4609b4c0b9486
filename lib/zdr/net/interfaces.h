// The network interfaces of this namespace.
#pragma once

#include <string>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

inline constexpr unsigned kLoopback = 1;  // lo has this index in every network namespace

struct Interface {
    unsigned index;
    std::string name;
};

// The interfaces that a configuration means. auto is every one that is up, but loopback, whose checks the cgroup hooks
// see, and ports of a bridge, bond or team, whose packets come by the hook of their master. Error: a name that no
// interface has.
Result<std::vector<Interface>> find_interfaces(const std::vector<std::string>& names);

}  // namespace zdr
