// What an earlier load was told, read from what it has left in the kernel: for a load that only replaces the programs.
#pragma once

#include <sys/types.h>

#include <string>

#include "zdr/base/error.h"
#include "zdr/config/config.h"

namespace zdr::loader {

struct LoadedConfig {
    Config config;  // cgroup and interfaces as they were found, never auto; its group's name is not known
    gid_t group;    // whose members may flip; 0: nobody
};

// Of the pins of this ABI or of one that is carried over, under the exclusive lock, in the network namespace that they
// serve. An interface that is gone is none. Errors: of the maps; that a change of the servers was cut off, so that
// which there are is not known.
Result<LoadedConfig> read_loaded_config(const std::string& live);

}  // namespace zdr::loader
