// The checks of a server, with what it takes to judge its checkers beside the kernel's records.
#pragma once

#include <span>
#include <string>

#include "zdr/control/context.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/checkers.h"

namespace zdr {

// Of a checker that asks so seldom that this decides, it is told whether it sends the app traffic, too; where that
// cannot be seen, it is taken to. Errors: of ServerTable::checks(), and of netlink.
Result<Checks> checks_of(const ServerTable& table, const ServerEntry& entry);

// Whether somebody checks each of these servers, so that a flip can be acknowledged: a server that nobody has checked
// yet is watched for silence_of_all(). One whose settings say unchecked is passed over, and so is one that was checked
// and whose app is down since: a check that reaches no app is not seen. Where HAProxy itself is asked, it has to
// answer, and that is enough. Errors: kUnsafe, naming the first that nobody checks; kInterrupted; those
// of ask_all_haproxies(), open_table() and find_servers().
Result<void> require_checkers(std::span<const std::string> names, const Context& context);

}  // namespace zdr
