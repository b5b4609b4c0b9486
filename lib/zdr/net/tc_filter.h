// The BPF filters of an interface's clsact qdisc, as the kernel lists them.
#pragma once

#include <cstdint>

#include "zdr/base/error.h"

namespace zdr {

struct TcFilter {
    int interface_index;
    bool is_ingress;
    std::uint32_t handle;
    std::uint32_t priority;
};

// The id of the program that this filter runs; 0 where there is no such filter, qdisc or interface. Errors: those of
// dump(). Follows rtnetlink(7), RTM_GETTFILTER.
Result<std::uint32_t> program_of(const TcFilter& filter);

}  // namespace zdr
