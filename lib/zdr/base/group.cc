#include "zdr/base/group.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace zdr {

std::optional<gid_t> find_group(const std::string& name) {
    const group* found = getgrnam(name.c_str());
    return found == nullptr ? std::nullopt : std::optional(found->gr_gid);
}

std::optional<std::string> name_of_group(gid_t group_id) {
    const group* found = getgrgid(group_id);
    return found == nullptr ? std::nullopt : std::optional<std::string>(found->gr_name);
}

bool acts_for(gid_t group) {
    if (getegid() == group) return true;
    const int count = getgroups(0, nullptr);
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 0)));
    const int found = getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(found, 0)));
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool is_listed_in(gid_t group) {
    const passwd* user = getpwuid(getuid());
    if (user == nullptr) return false;
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (getgrouplist(user->pw_name, user->pw_gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        if (getgrouplist(user->pw_name, user->pw_gid, groups.data(), &count) < 0) return false;
    }
    groups.resize(static_cast<std::size_t>(count));
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace zdr
