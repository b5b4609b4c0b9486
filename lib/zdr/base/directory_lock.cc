#include "zdr/base/directory_lock.h"

#include <fmt/core.h>
#include <sys/file.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>

#include "zdr/base/process_stat.h"
#include "zdr/base/text.h"
#include "zdr/base/text_file.h"

namespace zdr {
namespace {

// Its real one: a program with other rights than those of who runs it has the locks that were taken before.
std::optional<uid_t> user_of(pid_t pid) {
    constexpr std::string_view kTitle = "\nUid:\t";
    const auto text = read_text_file(fmt::format("/proc/{}/status", pid));
    const auto at = text ? text->find(kTitle) : std::string::npos;
    uid_t out = 0;
    if (at == std::string::npos) return std::nullopt;
    const auto parsed = std::from_chars(text->data() + at + kTitle.size(), text->data() + text->size(), out);
    return parsed.ec == std::errc() ? std::optional(out) : std::nullopt;
}

LockHolder holder(pid_t pid) {
    LockHolder out{pid, std::nullopt, ""};
    const auto found = read_process_stat(pid);
    const auto user = user_of(pid);
    if (!found || !user) return out;
    out.user = user;
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
        // The kernel may list one twice where others come and go meanwhile.
        const bool is_known =
            std::any_of(out.begin(), out.end(), [&](const LockHolder& one) { return one.pid == pid; });
        if (fields && kind == "FLOCK" && place == wanted && !is_known) out.push_back(holder(pid));
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
