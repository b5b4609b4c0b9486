// A flip as the kernel's map keeps it, and back.
#pragma once

#include "zdr/model/flip.h"
#include "zdr_abi.h"

namespace zdr {

zdr_state to_record(const Flip& flip);
// Whatever the record holds, the state is one that the kernel programs would follow, and texts are printable.
Flip from_record(const zdr_state& record);

}  // namespace zdr
