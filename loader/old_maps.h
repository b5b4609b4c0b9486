// The maps of an earlier load, which a later one takes over with all that is in them.
#pragma once

#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/map_table.h"

namespace zdr::loader {

// Those of the maps pinned in a directory that this build's programs take over: all of its own ABI, and of the ABI
// before (ZDR_CARRIED_ABI) all that has stayed as it was. Errors: another ABI; a map that is not there, or has other
// sizes than its ABI says. They name the map and say what to do.
Result<std::vector<MapSpec>> carried_maps(const std::string& directory);

}  // namespace zdr::loader
