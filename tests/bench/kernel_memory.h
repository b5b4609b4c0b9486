// What of the kernel's memory is zdr's.
#pragma once

#include <string>

namespace zdr::bench {

// Bytes of the maps and programs below a directory of pins, by the kernel's own account (/proc/PID/fdinfo, "memlock"),
// the map inside zdr_redirects included. Throws.
double accounted_bytes(const std::string& pins);

// Bytes that the whole host has in slabs that cannot be reclaimed, which is where entries of maps are: differences tell
// what something really took, as far as nothing else happens meanwhile. Waits until what was freed has been given back.
double settled_slab_bytes();

}  // namespace zdr::bench
