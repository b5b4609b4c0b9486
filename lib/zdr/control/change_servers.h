// Changing which servers there are while zdr runs: one more, fewer, or those of a file. For root.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "zdr/control/context.h"
#include "zdr/model/server.h"
#include "zdr/model/server_changes.h"

namespace zdr {

// False: a server with the same settings is there already. Errors: kNotPermitted with the remedy; a server of that name
// with other settings; two servers that clash; those of open_table() and replace_servers(). Nothing was changed then.
Result<bool> add_server(const Server& server, const Context& context);

// The names of those that went. All or none: an error (of find_servers(), of check_min_ready() unless forced, and those
// of add_server()) changes nothing.
Result<std::vector<std::string>> remove_servers(std::span<const std::string> names, bool force, const Context& context);

// Makes the servers these and no others, in one step as far as a checker can see. Errors: as above.
Result<Changes> apply_servers(std::span<const Server> servers, const Context& context);

// What apply_servers() would change. Only looks, so whoever may read may ask.
Result<Changes> compare_with_servers(std::span<const Server> servers, const Context& context);

}  // namespace zdr
