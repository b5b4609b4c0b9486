// The kernel's table of servers as the commands open and search it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ctl/commands.h"
#include "zdr/server_table.h"
#include "zdr/state_dir.h"

namespace zdr::ctl {

// The lock is held as long as this lives.
struct LockedTable {
    StateDir dir;
    ServerTable table;
};

// Errors: those of StateDir and ServerTable; whatever is not permitted comes with the remedy.
Result<LockedTable> open_table(const Options& options, Access access, Env& env);

// The servers of these names, in their order; kNoSuchServer, naming the first that is not there.
Result<std::vector<ServerEntry>> find_servers(const ServerTable& table, std::span<const std::string> names);

// "webA, webB": what an error was about; many are cut to the first three and their number.
std::string shown_names(std::span<const std::string> names);

// The path of the cgroup the hooks are attached to; empty: none.
std::string cgroup_of(const ServerTable& table);

}  // namespace zdr::ctl
