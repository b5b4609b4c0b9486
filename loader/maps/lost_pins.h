// Pins of maps that somebody has removed: the programs still have the maps, so a load can pin them again.
#pragma once

#include <string>

#include "zdr/base/error.h"

namespace zdr::loader {

// Pins again what is missing in a directory, of the maps that programs of its hooks have. One that no program has stays
// missing. Errors: of pinning.
Result<void> restore_pins(const std::string& directory);

}  // namespace zdr::loader
