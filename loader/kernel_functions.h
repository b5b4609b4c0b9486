// What the running kernel has for the programs, as its types tell.
#pragma once

#include "zdr/base/error.h"

namespace zdr::loader {

struct KernelFunctions {
    // Also the sign of a kernel whose iterator over TCP sockets may enter them in a map: an older one may hold their
    // lock. Linux 6.5.
    bool end_sockets = false;
    bool see_netns = false;  // at tc; Linux 6.2
};

// Error: the kernel's types cannot be read.
Result<KernelFunctions> kernel_functions();

}  // namespace zdr::loader
