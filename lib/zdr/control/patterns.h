// Names that may be patterns, as a shell has them: 'web*', 'web?', 'web[1-3]'.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/kernel/server_table.h"

namespace zdr {

// No name of a server has one of the characters that make a pattern.
bool is_pattern(std::string_view name);

// The servers that fnmatch(3) finds, in the order that a person counts in: web2 before web10.
std::vector<ServerEntry> matching(const std::string& pattern, std::span<const ServerEntry> servers);

}  // namespace zdr
