// The states that servers had when zdr was unloaded, kept in a file for those whose `start` is `last`.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/flip.h"

namespace zdr::loader {

// By server name; empty where there is no file, or one that cannot be understood.
std::map<std::string, Flip> read_last_states(const std::string& state_dir);

// Replaces the file by one rename; no file where no server starts as `last`. Returns how many do. Errors: of writing.
Result<std::size_t> write_last_states(const std::string& state_dir, const ServerTable& table);

}  // namespace zdr::loader
