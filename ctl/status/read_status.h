// What the kernel holds of all servers or some, read at one moment: for status, metrics and doctor.
#pragma once

#include <span>
#include <string>

#include "ctl/control/server_lookup.h"
#include "ctl/status/status_table.h"

namespace zdr::ctl {

// The servers of these names, in their order; all, by name, where none is given. Errors: kNoSuchServer, and those of
// the maps.
Result<Status> read_status(const LockedTable& opened, std::span<const std::string> names);

}  // namespace zdr::ctl
