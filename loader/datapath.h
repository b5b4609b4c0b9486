// What is in the kernel, as transactions: load (install, upgrade, follow the file) and unload. Each happens or does
// not.
#pragma once

#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/config/config.h"
#include "zdr/kernel/server_replacement.h"

namespace zdr::loader {

struct Loaded {
    bool upgraded;  // zdr was there already; its servers keep their states
    std::string cgroup;
    std::string missing_group;  // the default group, where it is not there: states are root's
    Changes changes;
};

// Errors: no root, and whatever the kernel or the host refuses; nothing has changed then.
Result<Loaded> load(const std::string& state_dir, const Config& config);

// Puts this build's programs in place of those that are loaded: servers, their states, cgroup, group, interfaces and
// HAProxy's sockets stay as they are, and no configuration is read. Errors: as load's; kNotLoaded where nothing is.
Result<Loaded> load_kept(const std::string& state_dir);

// Whether there was something to remove.
Result<bool> unload(const std::string& state_dir);

// Error kNotPermitted for everyone but root.
Result<void> require_root(std::string_view what);

}  // namespace zdr::loader
