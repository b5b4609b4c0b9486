// Which network namespace this process is in.
#pragma once

#include <cstdint>

#include "zdr/base/error.h"

namespace zdr {

// The cookie of the caller's network namespace, as zdr_meta has that of the one that is served (SO_NETNS_COOKIE, Linux
// 5.14). Errors: of socket() and getsockopt().
Result<std::uint64_t> netns_cookie();

}  // namespace zdr
