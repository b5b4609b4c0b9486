// What is attached where, as status shows it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "zdr/error.h"
#include "zdr/server_table.h"

namespace zdr::ctl {

struct HookStatus {
    std::string hook;              // cgroup, tc, or sk_lookup
    std::string at;                // the cgroup's path, the interface's name, or "netns"
    std::string kind;              // tc: tcx or clsact; else empty
    std::optional<bool> attached;  // false: somebody else removed it; none: only root may know
};

// The hooks pinned in a directory of pins, those of one cgroup or one interface as one. Errors: of reading the
// directory.
Result<std::vector<HookStatus>> read_hooks(const std::string& pins, const std::string& cgroup);

}  // namespace zdr::ctl
