// The two records that the kernel keeps of a server's checks, as one.
#pragma once

#include "zdr/model/checkers.h"
#include "zdr_abi.h"

namespace zdr {

// Whether no place is empty, so that there may be a record of more.
bool is_full(const zdr_checks& few);

// What both records of a server say; more is null where there is none.
Checks from_records(const zdr_checks& few, const zdr_more_checks* more);

}  // namespace zdr
