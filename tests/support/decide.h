// The kernel's decision on a connection to a status port of a server that has nothing but its app port.
#pragma once

#include "zdr_decide.h"

namespace zdr::test {

// ZDR_REDIRECT or ZDR_REFUSE; state: null where the server was never flipped.
inline __u32 verdict_on(__u8 role, const zdr_state* state, __u64 now_boot_ns) {
    zdr_target target{};
    target.role = role;
    return zdr_decide(&target, nullptr, state, now_boot_ns).verdict;
}

}  // namespace zdr::test
