// The state that a new server begins in.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr {

// New servers begin as their `start` says, in the name of who adds them.
struct InitialState {
    std::uint32_t uid = 0;
    std::string by;
    std::map<std::string, Flip> last_flips{};  // of those that start as `last`; one that is not there is ready

    // As of now; one that is ready was never flipped.
    Flip flip_of(const Server& server) const;
};

}  // namespace zdr
