// The checks of a server, with what it takes to judge its checkers beside the kernel's records.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "zdr/control/context.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/server_lookup.h"
#include "zdr/kernel/server_table.h"
#include "zdr/model/checkers.h"

namespace zdr {

// Of a checker that asks so seldom that this decides, it is told whether it sends the app traffic, too; where that
// cannot be seen, it is taken to. Errors: of ServerTable::checks(), and of netlink.
Result<Checks> checks_of(const ServerTable& table, const ServerEntry& entry);

// Whether somebody checks each of these servers, so that a flip to that state can be acknowledged: in maint its backup
// status port, too. A port that nobody has checked yet is watched for silence_of_all(). A server whose settings say
// unchecked is passed over, and so is one that was checked and whose app is down since: a check that reaches no app is
// not seen. haproxy, if it is asked, is enough for the ports that it checks. Errors: kUnsafe, naming the first port
// that nobody checks; kInterrupted; those of open_table() and find_servers().
Result<void> require_checkers(std::span<const std::string> names, State state,
                              const std::optional<HaproxyView>& haproxy, const Context& context);

}  // namespace zdr
