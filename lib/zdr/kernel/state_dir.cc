#include "zdr/kernel/state_dir.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#include "zdr/base/directory_lock.h"
#include "zdr/base/group.h"
#include "zdr/base/retry.h"
#include "zdr/base/text.h"

namespace zdr {
namespace {

// Of everybody: a load on a slow host may take some of it.
constexpr std::chrono::milliseconds kPatience(30'000);
// A flip has the lock for a thousandth of it.
constexpr std::chrono::milliseconds kPatienceWithStrangers(3000);
// Who does not want to give it back is waited for once; others flip meanwhile.
constexpr std::chrono::milliseconds kPatienceAgain(200);
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

// Whether a process of root has root's own lock, for whoever may not take it; none: there is no such lock yet.
std::optional<bool> root_works(const std::string& path) {
    struct stat own {};
    if (stat(fmt::format("{}/{}", path, kRootLock).c_str(), &own) != 0) return std::nullopt;
    return !lock_holders(own).empty();
}

// Whether none of root's programs is among those who have the lock of the directory, and not nobody is: that may be one
// that cannot be seen. Root's programs have root's own lock, too. A process tells less: one that took the lock may have
// become another user's program since, or have ended, and its pid may be another one's.
bool are_strangers(const std::vector<LockHolder>& holders, const std::string& path) {
    if (holders.empty()) return false;
    if (const auto working = root_works(path)) return !*working;
    return std::none_of(holders.begin(), holders.end(), [](const LockHolder& one) { return one.user == 0U; });
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
    static std::atomic<bool> has_passed_over = false;  // one long wait is enough for a process
    auto patience = has_passed_over ? kPatienceAgain : kPatienceWithStrangers;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (;; patience = kPause) {
        const auto locked = lock_within(directory_.get(), hold_of(access), patience);
        if (!locked) return fail_with(path, Result<bool>(locked));
        if (*locked) return {};
        const auto holders = holders_of(directory_.get());
        // Who has root's own lock knows that nobody else of root's is at work.
        if (root_ || are_strangers(holders, path)) {
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
    const bool has_group = stat(path.c_str(), &found) == 0 && found.st_gid != 0;
    if (!has_group && find_group(kDefaultGroup))
        return fmt::format(
            "run as root; or have root run {}: group {} was made after the last load, and gets its rights "
            "by the next",
            load_command(path), kDefaultGroup);
    if (!has_group)
        return fmt::format("run as root; or name a group that is there in zdr.conf, join it, and have root run {}",
                           load_command(path));
    const auto name = name_of_group(found.st_gid);
    if (!name)
        return fmt::format("run as root; or have root run {}: the group of the last load, {}, is there no more",
                           load_command(path), found.st_gid);
    if (!acts_for(found.st_gid) && is_listed_in(found.st_gid))
        return fmt::format("log in again: this session is older than its user's membership of group {}",
                           printable(*name));
    return fmt::format("join group {} or run as root", printable(*name));
}

std::string load_command(const std::string& path) {
    return path == kDefaultStateDir ? "zdr-loader load" : fmt::format("zdr-loader load --state-dir {}", path);
}

Error with_variable(Error error, const std::optional<std::string>& given, const std::optional<std::string>& variable) {
    if (given || !variable || variable->empty()) return error;
    const auto at = error.text.find(*variable);
    if (at == std::string::npos) return error;
    const std::string_view after = std::string_view(error.text).substr(at + variable->size());
    const bool is_whole = after.empty() || std::string_view("/:;, ").find(after.front()) != std::string_view::npos;
    if (!is_whole) return error;
    error.text += fmt::format("; {} names {}", kStateDirVariable, *variable);
    return error;
}

Result<StateDir> StateDir::open(const std::string& path, Access access) {
    const auto not_loaded = [&] {
        return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}; run {}", path, load_command(path)));
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
                                                  "redirects may still be in force; run {}",
                                                  path, load_command(path)));
    if (errno == ENOENT) return not_loaded();
    return not_permitted(fail_errno("open " + dir.live()).value().text);
}

}  // namespace zdr
