#include "zdr/control/patterns.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstring>

namespace zdr {

bool is_pattern(std::string_view name) {
    return name.find_first_of("*?[") != name.npos;
}

std::vector<ServerEntry> matching(const std::string& pattern, std::span<const ServerEntry> servers) {
    std::vector<ServerEntry> out;
    for (const ServerEntry& one : servers)
        if (fnmatch(pattern.c_str(), one.server.name.c_str(), 0) == 0) out.push_back(one);
    std::sort(out.begin(), out.end(), [](const ServerEntry& a, const ServerEntry& b) {
        return strverscmp(a.server.name.c_str(), b.server.name.c_str()) < 0;
    });
    return out;
}

}  // namespace zdr
