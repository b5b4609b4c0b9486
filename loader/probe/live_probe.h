// Whether checks work on this host as it is, tried: a throw-away server beside those that are loaded, for each of their
// status ports and backup status ports, checked from a throw-away host and from this one.
#pragma once

#include <string>
#include <vector>

#include "check.h"
#include "zdr/base/error.h"

namespace zdr::loader {

// For root. What is loaded at state_dir is used as it is: ready, drain with a connection that is kept, maint where
// there are backup status ports, and ready again, over IPv4 and IPv6. Each finding names what stands in the way.
// Nobody's state changes, and nothing is left. Errors: kNotLoaded; what cannot be made of the throw-away things.
Result<std::vector<Finding>> probe_host(const std::string& state_dir);

}  // namespace zdr::loader
