// The groups of this host, as far as zdr has to do with them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace zdr {

// Whose members may flip, where the configuration names none.
inline constexpr const char* kDefaultGroup = "zdr";

// None: there is no group of that name.
std::optional<gid_t> find_group(const std::string& name);

// None: there is no group of that number.
std::optional<std::string> name_of_group(gid_t group);

// Whether this process acts for a group: a session that is older than its user's membership does not.
bool acts_for(gid_t group);

// Whether the user of this process is a member of the group in the files that say so.
bool is_listed_in(gid_t group);

}  // namespace zdr
