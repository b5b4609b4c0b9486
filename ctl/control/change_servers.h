// What the commands that change the set of servers (add, remove, apply) have in common.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ctl/command_table.h"
#include "ctl/control/server_lookup.h"
#include "zdr/model/server_changes.h"

namespace zdr::ctl {

// The table, locked to change the servers; for root. Errors: kNotPermitted with the remedy, those of open_table().
Result<LockedTable> open_to_change(const Options& options, Env& env);

// The servers there are, sorted by name.
Result<std::vector<Server>> servers_of(const ServerTable& table);

// replace_servers() by this user, noted in the journal. Errors: two servers that clash, and those of replace_servers();
// then nothing was changed.
Result<Changes> change_servers(const LockedTable& opened, std::span<const Server> servers, Env& env);

// A line a server: "+ webA: port 1000, status-port 2000", "~ webB: port 1000 -> 1001", "- webC: ...".
std::string render(const Changes& changes);

// "2 servers: 1 added, 1 unchanged"
std::string summary(const Changes& changes);

}  // namespace zdr::ctl
