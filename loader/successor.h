// A process that begins anew. libbpf asks the kernel once in a process what it can do; where that failed for want of
// memory or of a moment, the rest of the process goes without it.
#pragma once

#include "zdr/base/error.h"

namespace zdr::loader {

// Executes this program again with the same arguments, and does not return; whatever it had locked is free then.
// Returns where that was done already, or cannot be done.
void begin_anew(const Error& why);

}  // namespace zdr::loader
