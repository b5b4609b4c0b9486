// What a load says when it is done: one line of what it did, and what zdrctl doctor would call a problem, as far as a
// load can see.
#pragma once

#include <string>
#include <vector>

#include "datapath.h"

namespace zdr::loader {

// "2 servers, 1 removed: webB; group zdr is not there: only root may flip"
std::string format_loaded(const Loaded& loaded);

// A sentence for each problem of what is loaded there. What cannot be looked at is none.
std::vector<std::string> find_problems(const std::string& state_dir);

}  // namespace zdr::loader
