// The two records that the kernel keeps of a server's checks, as one.
#pragma once

#include "zdr/model/checkers.h"
#include "zdr_abi.h"

namespace zdr {

// Whether every entry is used, so that there may be a record of overflow.
bool is_full(const zdr_checks& checks);

// What both records of a server say; overflow is null where there is none.
Checks from_records(const zdr_checks& checks, const zdr_overflow_checks* overflow);

}  // namespace zdr
