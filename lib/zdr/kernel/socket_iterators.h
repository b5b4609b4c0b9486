// The pinned iterators over this network namespace's TCP sockets whose reading does something. They decide by the same
// functions as the hooks, so whoever may read them may do it at any time; in another network namespace than the served
// one they do nothing. One that is not pinned is nothing to do: Linux before 6.5 cannot end connections, and what an
// older build loaded has no registry.
#pragma once

#include <string>

#include "zdr/base/error.h"
#include "zdr_abi.h"

namespace zdr {

// Enters the sockets that listen on app ports in the kernel's registry, where they are not in it, and notes open
// connections through status ports that no hook saw. Errors: of open() and read().
Result<void> register_listeners(const std::string& pins);

// Ends the open connections through status ports that are refused. Looks at the sockets only if there are connections
// through status ports. Errors: of open() and read().
Result<void> end_refused_connections(const std::string& pins);

// What the programs counted. Errors: of the map.
Result<zdr_activity> read_activity(const std::string& pins);

// Reads an iterator, given its link, to the end. Errors: of bpf(2) and read().
Result<void> run_iterator(int link);

}  // namespace zdr
