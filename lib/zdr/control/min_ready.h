// What keeps an operator from draining the last server: HAProxy gives all new traffic to a backup once the last primary
// is down, so a drain of the last one drains nothing.
#pragma once

#include <chrono>
#include <span>

#include "zdr/base/error.h"
#include "zdr/kernel/server_table.h"

namespace zdr {

// Refuses (kUnsafe) to take these servers out together if a backend that has several servers here would be left without
// one that is ready. Servers that are out already do not count, whatever they are flipped to.
Result<void> check_min_ready(const ServerTable& table, std::span<const ServerEntry> leaving,
                             std::chrono::nanoseconds now_boot);

}  // namespace zdr
