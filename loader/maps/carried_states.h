// The states of the servers, carried from what is loaded to the maps of a new load.
#pragma once

#include <string>

#include "maps/old_maps.h"
#include "zdr/base/error.h"

namespace zdr::loader {

// Fills the new side's maps, pinned in `to`, with the states of the servers, whichever ABI they are of. Whatever else
// somebody in the group wrote there stays behind.
Result<void> carry_states(const OldMaps& old, const std::string& to);

// Removes the pin of the states that an older ABI had.
Result<void> remove_old_states(const std::string& directory);

}  // namespace zdr::loader
