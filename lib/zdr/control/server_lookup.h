// The kernel's table of servers, opened under its lock and searched by names and patterns.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/state_dir.h"

namespace zdr {

// The lock is held as long as this lives.
struct LockedTable {
    StateDir dir;
    ServerTable table;
};

// Errors: those of StateDir and ServerTable; whatever is not permitted comes with the remedy.
Result<LockedTable> open_table(const Context& context, Access access);

// What it means that a server is not there: the name was never one, or the server was found before and has gone.
enum class IfMissing { kUnknownName, kRemovedMeanwhile };

// The servers of these names and patterns, in their order, each once. kNoSuchServer, naming the first that is not there
// or matches nothing. A name is one look-up; a pattern lists the table.
Result<std::vector<ServerEntry>> find_servers(const ServerTable& table, std::span<const std::string> names,
                                              IfMissing if_missing = IfMissing::kUnknownName);

// The names alone, patterns replaced by what they match now; opens the table only where there is a pattern.
Result<std::vector<std::string>> expand_names(std::span<const std::string> names, const Context& context);

// A server went that is worked on: kNoSuchServer.
Error removed_meanwhile(std::string_view name);
// ... and another one has its name now.
Error replaced_meanwhile(std::string_view name);

}  // namespace zdr
