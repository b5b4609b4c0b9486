#include "cgroup.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace zdr::loader {
namespace {

// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescape(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size()) {
            out += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

Result<std::string> find_cgroup_root() {
    std::ifstream mountinfo("/proc/self/mountinfo");
    std::string line;
    std::string found;
    while (std::getline(mountinfo, line)) {
        // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [TAGS...] - TYPE SOURCE OPTIONS
        std::istringstream fields(line);
        std::string id, parent, device, root, mount_point, field, type;
        fields >> id >> parent >> device >> root >> mount_point;
        while (fields >> field && field != "-") continue;
        fields >> type;
        if (type != "cgroup2" || root != "/") continue;
        found = unescape(mount_point);
        break;
    }
    if (found.empty())
        return fail(Errc::kFailed,
                    "cgroup v2 is not mounted; mount -t cgroup2 none DIR, and name it with --cgroup DIR");
    return found;
}

Result<UniqueFd> open_cgroup(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail_errno("open cgroup " + path);
    struct statfs fs {};
    if (fstatfs(fd.get(), &fs) != 0) return fail_errno("inspect cgroup " + path);
    if (static_cast<unsigned long>(fs.f_type) != CGROUP2_SUPER_MAGIC)
        return fail(Errc::kFailed, path + " is not a cgroup v2 directory");
    return fd;
}

Result<ScratchCgroup> ScratchCgroup::create(const std::string& parent) {
    std::string path = fmt::format("{}/zdr-probe-{}", parent, getpid());
    if (mkdir(path.c_str(), 0700) != 0) return fail_errno("create cgroup " + path);
    return ScratchCgroup(std::move(path));
}

ScratchCgroup::~ScratchCgroup() {
    if (!path_.empty()) rmdir(path_.c_str());
}

}  // namespace zdr::loader
