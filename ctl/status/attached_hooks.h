// What is attached where, as status shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"

namespace zdr::ctl {

struct HookStatus {
    std::string hook;              // cgroup, tc, or sk_lookup
    std::string at;                // the cgroup's path, the interface's name, or "netns"
    std::string kind;              // tc: tcx or clsact; else empty
    std::optional<bool> attached;  // false: somebody else removed it; none: only root there may know
};

// The hooks pinned in a directory of pins, those of one cgroup or one interface as one; of an interface that is gone
// there is none. Interfaces and their filters can be asked for only in the network namespace that is served (its
// cookie). Errors: of reading the directory.
Result<std::vector<HookStatus>> read_hooks(const std::string& pins, const std::string& cgroup,
                                           std::uint64_t served_netns);

}  // namespace zdr::ctl
