// The file in which an older version left the states of servers with `start` = `last` at unload.
#pragma once

#include <map>
#include <string>

#include "zdr/model/flip.h"

namespace zdr::loader {

// By server name; empty where there is no file, or one that cannot be understood.
std::map<std::string, Flip> read_states_of_unload(const std::string& state_dir);

void forget_states_of_unload(const std::string& state_dir);

}  // namespace zdr::loader
