// The terminal of whoever started this process, wherever its standard streams lead.
#pragma once

#include "zdr/base/unique_fd.h"

namespace zdr {

// For reading and writing; empty where no terminal controls this process.
UniqueFd open_terminal();

}  // namespace zdr
