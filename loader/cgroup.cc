#include "cgroup.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "zdr/base/retry.h"

namespace zdr::loader {
namespace {

constexpr std::string_view kScratchPrefix = "zdr-probe-";

// Whether the name is that of a scratch cgroup whose maker lives no more, or was an earlier process with our pid.
bool is_abandoned(std::string_view name) {
    if (!name.starts_with(kScratchPrefix)) return false;
    name.remove_prefix(kScratchPrefix.size());
    pid_t maker = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), maker);
    if (error != std::errc() || end != name.data() + name.size() || maker <= 0) return false;
    return maker == getpid() || (kill(maker, 0) != 0 && errno == ESRCH);
}

// A killed process leaves its cgroup a moment after its death, so the removal is tried for a second.
void remove_with_processes(const std::string& path) {
    const UniqueFd killer(::open((path + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
    if (killer) (void)!write(killer.get(), "1", 1);
    for (int tries = 0; tries < 1000 && rmdir(path.c_str()) != 0 && is_transient(errno); ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

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

Result<std::string> own_cgroup() {
    auto root = find_cgroup_root();
    if (!root) return root;
    constexpr std::string_view kTitle = "0::";
    std::ifstream file("/proc/self/cgroup");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(kTitle)) return *root + line.substr(kTitle.size());
    return fail(Errc::kFailed, "this process is in no cgroup v2");
}

Result<void> join(const std::string& cgroup) {
    const std::string procs = cgroup + "/cgroup.procs";
    const UniqueFd fd(::open(procs.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) return fail_errno("open " + procs);
    if (write(fd.get(), "0", 1) != 1) return fail_errno("join " + cgroup);
    return {};
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

void remove_abandoned_scratch(const std::string& parent) {
    std::error_code error;
    std::vector<std::string> abandoned;
    for (std::filesystem::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error))
        if (is_abandoned(entry->path().filename().native())) abandoned.push_back(entry->path());
    for (const std::string& path : abandoned) remove_with_processes(path);
}

Result<ScratchCgroup> ScratchCgroup::create(const std::string& parent) {
    remove_abandoned_scratch(parent);
    std::string path = fmt::format("{}/{}{}", parent, kScratchPrefix, getpid());
    if (mkdir(path.c_str(), 0700) != 0) return fail_errno("create cgroup " + path);
    return ScratchCgroup(std::move(path));
}

ScratchCgroup::~ScratchCgroup() {
    if (!path_.empty()) (void)succeeds([&] { return rmdir(path_.c_str()) == 0; });
}

}  // namespace zdr::loader
