// The files of the last flips (LastFlips), in step with the servers that are loaded.
#pragma once

#include <sys/types.h>

#include <span>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/last_flips.h"
#include "zdr/model/server.h"

namespace zdr {

// Before servers are written, for root: where one of them starts as `last`, makes the directory for the group that
// flips, and reads what is there. Where that cannot be made, a sentence says so among those of files that are broken.
LastFlips::Found prepare_last_flips(const LastFlips& last, std::span<const Server> servers, gid_t group);

// Afterwards, and before an unload: each of them that was ever flipped has its file, and no other server has one.
// Errors: of the table, and of writing.
Result<void> keep_last_flips(const LastFlips& last, const ServerTable& table);

}  // namespace zdr
