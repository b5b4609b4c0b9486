#include "zdr/kernel/state_dir.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#include "zdr/base/directory_lock.h"
#include "zdr/base/retry.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

// Of everybody: a load on a slow host may take some of it.
constexpr std::chrono::milliseconds kPatience(30'000);
// A flip has the lock for a thousandth of it.
constexpr std::chrono::milliseconds kPatienceWithStrangers(3000);
constexpr std::chrono::milliseconds kPause(100);

Hold hold_of(Access access) {
    return access == Access::kRead ? Hold::kShared : Hold::kAlone;
}

// Whether that path still leads to what is open: not where something was mounted or removed meanwhile.
Result<bool> is_still(int fd, const std::string& path) {
    struct stat open {};
    struct stat now {};
    if (fstat(fd, &open) != 0) return fail_errno("inspect " + path);
    if (stat(path.c_str(), &now) != 0) return fail_errno("open " + path);
    return open.st_dev == now.st_dev && open.st_ino == now.st_ino;
}

std::vector<LockHolder> holders_of(int fd) {
    struct stat file {};
    return fstat(fd, &file) == 0 ? lock_holders(file) : std::vector<LockHolder>();
}

// None of root's processes, and not nobody: that may be one that cannot be seen.
bool are_strangers(const std::vector<LockHolder>& holders) {
    return !holders.empty() &&
           std::none_of(holders.begin(), holders.end(), [](const LockHolder& one) { return one.user == 0U; });
}

// Whether a process of root has its own lock, for whoever may not take it.
bool root_works(const std::string& path) {
    struct stat own {};
    return stat(fmt::format("{}/{}", path, kRootLock).c_str(), &own) == 0 && !lock_holders(own).empty();
}

Error out_of_patience(const std::string& path, const std::vector<LockHolder>& holders) {
    return {make_error_code(Errc::kTimedOut),
            fmt::format("lock {}: {} has it for longer than {}s; wait until that is done, or end it", path,
                        format_holders(holders), kPatience.count() / 1000)};
}

}  // namespace

bool is_bpffs(int fd) {
    struct statfs fs {};
    return succeeds([&] { return fstatfs(fd, &fs) == 0; }) && static_cast<unsigned long>(fs.f_type) == BPF_FS_MAGIC;
}

Result<std::string> choose_state_dir(const std::optional<std::string>& given,
                                     const std::optional<std::string>& variable) {
    std::string path = given ? *given : variable.value_or("");
    if (!given && path.empty()) path = kDefaultStateDir;
    if (path.starts_with('/')) return path;
    return fail(Errc::kUsage, fmt::format("{} {} is not an absolute path", given ? "--state-dir" : kStateDirVariable,
                                          in_quotes(path)));
}

Result<bool> StateLock::take_root_lock(const std::string& path, Access access) {
    const std::string own = fmt::format("{}/{}", path, kRootLock);
    root_.reset(::open(own.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_) return true;  // another user's process, or there is none yet
    const auto locked = lock_within(root_.get(), hold_of(access), kPatience);
    if (!locked) return fail_with(own, Result<bool>(locked));
    if (!*locked) return tl::unexpected(out_of_patience(own, holders_of(root_.get())));
    return is_still(root_.get(), own);
}

Result<void> StateLock::take_group_lock(const std::string& path, Access access) {
    static std::atomic<bool> has_passed_over = false;  // one wait is enough for a process
    auto patience = has_passed_over ? std::chrono::milliseconds(0) : kPatienceWithStrangers;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (;; patience = kPause) {
        const auto locked = lock_within(directory_.get(), hold_of(access), patience);
        if (!locked) return fail_with(path, Result<bool>(locked));
        if (*locked) return {};
        const auto holders = holders_of(directory_.get());
        if (are_strangers(holders) && (root_ || !root_works(path))) {
            if (!has_passed_over.exchange(true))
                passed_over_ = fmt::format("{} has the lock of {} and does not give it back; it is passed over",
                                           format_holders(holders), path);
            return {};
        }
        if (std::chrono::steady_clock::now() >= end) return tl::unexpected(out_of_patience(path, holders));
    }
}

Result<StateLock> StateLock::take(const std::string& path, Access access) {
    for (;;) {
        StateLock out;
        const auto is_current = out.take_root_lock(path, access);
        if (!is_current) return tl::unexpected(is_current.error());
        if (!*is_current) continue;
        out.directory_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!out.directory_) return fail_errno("open " + path);
        if (auto taken = out.take_group_lock(path, access); !taken) return tl::unexpected(std::move(taken.error()));
        const auto is_same = is_still(out.directory_.get(), path);
        if (!is_same) return tl::unexpected(is_same.error());
        if (*is_same) return out;
    }
}

Result<void> StateLock::make_root_lock(const std::string& path) {
    if (root_) return {};
    const std::string own = fmt::format("{}/{}", path, kRootLock);
    if (mkdir(own.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("create " + own);
    if (chmod(own.c_str(), 0700) != 0) return fail_errno("set the mode of " + own);  // whatever the umask
    auto taken = take_root_lock(path, Access::kWrite);
    return taken ? Result<void>() : tl::unexpected(std::move(taken.error()));
}

gid_t StateDir::group() const {
    struct stat found;
    return stat(live().c_str(), &found) == 0 ? found.st_gid : 0;
}

std::string how_to_be_permitted(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0 || found.st_gid == 0)
        return "run as root; or name a group that is there in zdr.conf, join it, and have root run zdr-loader load";
    const group* owner = getgrgid(found.st_gid);
    return fmt::format("join group {} or run as root",
                       owner == nullptr ? std::to_string(found.st_gid) : printable(owner->gr_name));
}

Result<StateDir> StateDir::open(const std::string& path, Access access) {
    const auto not_loaded = [&] {
        return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}; run zdr-loader load", path));
    };
    const auto not_permitted = [&](std::string what) {
        return fail(Errc::kNotPermitted, fmt::format("{}; {}", what, how_to_be_permitted(path)));
    };

    auto locked = StateLock::take(path, access);
    if (!locked) {
        if (locked.error().code == std::errc::no_such_file_or_directory) return not_loaded();
        if (exit_status(locked.error()) == static_cast<int>(Errc::kNotPermitted))
            return not_permitted(std::move(locked.error().text));
        return tl::unexpected(std::move(locked.error()));
    }
    StateDir dir(path, std::move(*locked));
    if (!is_bpffs(dir.lock_.fd())) return not_loaded();
    if (faccessat(dir.lock_.fd(), "live", X_OK, AT_EACCESS) == 0) return dir;
    if (errno == ENOENT && faccessat(dir.lock_.fd(), "staging", F_OK, AT_EACCESS) == 0)
        return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}: a load or an unload was cut off, and some "
                                                  "redirects may still be in force; run zdr-loader load or zdr-loader "
                                                  "unload",
                                                  path));
    if (errno == ENOENT) return not_loaded();
    return not_permitted(fail_errno("open " + dir.live()).value().text);
}

}  // namespace zdr
