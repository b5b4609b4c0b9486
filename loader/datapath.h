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
    bool has_group;  // false: the configured group's default is not there, and states are root's
    Changes changes;
};

// Errors: no root, and whatever the kernel or the host refuses; nothing has changed then.
Result<Loaded> load(const std::string& state_dir, const Config& config);

// Whether there was something to remove.
Result<bool> unload(const std::string& state_dir);

// Error kNotPermitted for everyone but root.
Result<void> require_root(std::string_view what);

}  // namespace zdr::loader
