// The maps of an earlier load, which a later one takes over with all that is in them.
#pragma once

#include <string>

#include "zdr/base/error.h"

namespace zdr::loader {

// Whether the maps pinned in a directory are all there and have the sizes that this build's programs know. The error
// names the map and says what to do.
Result<void> check_old_maps(const std::string& directory);

}  // namespace zdr::loader
