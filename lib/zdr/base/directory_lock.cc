#include "zdr/base/directory_lock.h"

#include <fmt/core.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>
#include <thread>

#include "zdr/base/process_stat.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

LockHolder holder(pid_t pid) {
    LockHolder out{pid, std::nullopt, ""};
    struct stat process;
    const auto found = read_process_stat(pid);
    if (!found || stat(fmt::format("/proc/{}", pid).c_str(), &process) != 0) return out;
    out.user = process.st_uid;
    out.name = printable(found->name);
    return out;
}

}  // namespace

Result<bool> lock_within(int fd, Hold hold, std::chrono::milliseconds patience) {
    using std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kLongestPause(20);
    const auto end = steady_clock::now() + patience;
    for (std::chrono::milliseconds pause(1);; pause = std::min(2 * pause, kLongestPause)) {
        if (flock(fd, (hold == Hold::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return true;
        if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock");
        if (steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(pause);
    }
}

// A line is "1: FLOCK  ADVISORY  WRITE 123 00:2f:456 0 EOF"; of one who waits, "1: -> FLOCK ...".
std::vector<LockHolder> lock_holders(const struct stat& file) {
    const std::string wanted = fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
    std::vector<LockHolder> out;
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
        std::istringstream fields(line);
        std::string number, kind, type, mode, place;
        pid_t pid = 0;
        fields >> number >> kind >> type >> mode >> pid >> place;
        if (fields && kind == "FLOCK" && place == wanted) out.push_back(holder(pid));
    }
    return out;
}

std::string format_holders(const std::vector<LockHolder>& holders) {
    if (holders.empty()) return "a process that cannot be seen from here";
    const LockHolder& one = holders.front();
    const auto others = holders.size() == 1 ? "" : fmt::format(" and {} more", holders.size() - 1);
    if (!one.user) return fmt::format("what process {} has left behind{}", one.pid, others);
    return fmt::format("{} (process {} of user {}){}", one.name, one.pid, *one.user, others);
}

}  // namespace zdr
