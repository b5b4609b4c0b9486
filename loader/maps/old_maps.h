// The maps of an earlier load, which a later one takes over with all that is in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/map_table.h"

namespace zdr::loader {

// Maps that are pinned in a directory.
struct OldMaps {
    std::string directory{};
    std::uint32_t abi = ZDR_ABI_VERSION;
    std::uint32_t side = ZDR_SIDE_A;  // of its states (zdr_meta.side)
    std::vector<MapSpec> reused{};    // what this build's programs take over; none: nothing is there

    bool is_of_this_abi() const { return abi == ZDR_ABI_VERSION; }
    // The side that a load leaves in force: the other one than now, which nobody has open, and nothing to carry over
    // from but an older ABI's states.
    std::uint32_t new_side() const { return is_of_this_abi() && !reused.empty() ? other_side(side) : ZDR_SIDE_A; }
};

// Those of a directory: of its own ABI all but the states that are not in force, and of an older one (ZDR_OLDEST_ABI)
// all that has stayed as it was. Errors: another ABI; a map that is not there, or has other sizes than its ABI says.
// They name the map and say what to do.
Result<OldMaps> find_old_maps(const std::string& directory);

}  // namespace zdr::loader
