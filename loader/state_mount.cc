#include "state_mount.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "log.h"
#include "tc_filter.h"
#include "trusted_path.h"
#include "zdr/kernel/state_dir.h"

namespace zdr::loader {
namespace {

constexpr const char* kMountSource = "zdr";
constexpr mode_t kDirectoryMode = 0750;

// As the kernel lists the mount: parents' symlinks resolved, the last name as it is.
std::string canonical(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const std::filesystem::path named(path);
    std::error_code ignored;
    return (std::filesystem::weakly_canonical(named.parent_path(), ignored) / named.filename()).lexically_normal();
}

// The names in a directory, or the error of opening it.
Result<std::vector<std::string>> names_in(const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
    if (!directory) return fail_errno("open " + path);
    std::vector<std::string> out;
    while (const dirent* entry = readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") out.push_back(name);
    }
    return out;
}

// As /proc/self/mounts writes it.
std::string escaped(const std::string& path) {
    std::string out;
    for (const char byte : path) {
        if (std::strchr(" \t\n\\#", byte) != nullptr)
            out += fmt::format("\\{:03o}", static_cast<unsigned>(byte));
        else
            out += byte;
    }
    return out;
}

// Whether the last mount at path is a bpffs that zdr made.
bool is_ours(const std::string& path) {
    std::ifstream mounts("/proc/self/mounts");
    const std::string wanted = escaped(path);
    std::string line;
    bool ours = false;
    while (std::getline(mounts, line)) {
        std::istringstream fields(line);
        std::string source, at, type;
        fields >> source >> at >> type;
        if (at == wanted) ours = type == "bpf" && source == kMountSource;
    }
    return ours;
}

// Whether it was not there before.
Result<bool> make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) return fail_errno("create " + path, error.value());
    if (mkdir(path.c_str(), kDirectoryMode) == 0) {
        (void)chmod(path.c_str(), kDirectoryMode);  // whatever the umask
        return true;
    }
    if (errno != EEXIST) return fail_errno("create " + path);
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return fail_errno("inspect " + path);
    if (!S_ISDIR(status.st_mode))
        return fail(Errc::kFailed,
                    fmt::format("state directory {} is not a directory; remove it or choose another", path));
    return false;
}

Result<void> mount_on(const std::string& path) {
    auto names = names_in(path);
    if (!names) return tl::unexpected(std::move(names.error()));
    if (!names->empty())
        return fail(Errc::kFailed,
                    fmt::format("state directory {} holds other files ({}); choose another", path, names->front()));
    if (mount(kMountSource, path.c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0750") != 0)
        return fail_errno("mount bpffs on " + path);
    return {};
}

}  // namespace

Result<StateMount> StateMount::existing(const std::string& named) {
    const std::string path = canonical(named);
    auto lock = StateLock::take(path, Access::kWrite);
    if (!lock && lock.error().code != std::errc::no_such_file_or_directory)
        return tl::unexpected(std::move(lock.error()));
    if (!lock || !is_bpffs(lock->fd()) || !is_ours(path))
        return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}", path));
    if (!lock->passed_over().empty()) log_warning(lock->passed_over());
    if (auto own = lock->make_root_lock(path); !own) return tl::unexpected(std::move(own.error()));
    return StateMount(path, std::move(*lock));
}

Result<StateMount> StateMount::prepare(const std::string& named) {
    const std::string path = canonical(named);
    if (auto checked = check_is_roots_alone(path); !checked) return tl::unexpected(std::move(checked.error()));
    for (;;) {
        auto existing_mount = existing(path);
        if (existing_mount) existing_mount->keep_ = existing_mount->is_loaded();
        if (existing_mount || existing_mount.error().code != make_error_code(Errc::kNotLoaded)) return existing_mount;

        auto made = make_directory(path);
        if (!made) return tl::unexpected(std::move(made.error()));
        auto below = StateLock::take(path, Access::kWrite);
        if (!below && below.error().code == std::errc::no_such_file_or_directory) continue;  // an unload was faster
        if (!below) return tl::unexpected(std::move(below.error()));
        if (is_ours(path)) continue;  // another load was faster
        if (is_bpffs(below->fd()))
            return fail(Errc::kFailed, fmt::format("{} is a BPF file system that is not zdr's; choose another", path));
        // From here on the mount is anybody's, like one of a killed load: an unload may be faster than the next round.
        if (auto mounted = mount_on(path); !mounted) {
            if (*made) rmdir(path.c_str());
            return tl::unexpected(std::move(mounted.error()));
        }
    }
}

StateMount::~StateMount() {
    if (!lock_ || keep_) return;
    try {
        (void)remove();
    } catch (const std::exception&) {  // no memory left; the next load or unload clears up
        return;
    }
}

bool StateMount::is_loaded() const {
    return ::access(live().c_str(), F_OK) == 0;
}

Result<void> StateMount::share_directory(const std::string& directory, gid_t group) const {
    for (const std::string& one : {path_, directory})
        if (chown(one.c_str(), 0, group) != 0 || chmod(one.c_str(), 0750) != 0)
            return fail_errno("set owner and mode of " + one);
    return {};
}

Result<void> StateMount::remove_pins(const std::string& directory) const {
    auto names = names_in(directory);
    if (!names) {
        if (names.error().code == std::errc::no_such_file_or_directory) return {};
        return tl::unexpected(std::move(names.error()));
    }
    auto hooks = list_hook_pins(directory);
    if (!hooks) return tl::unexpected(std::move(hooks.error()));
    for (const HookPin& pin : *hooks)
        if (auto removed = remove_hook_pin(directory, pin); !removed) return removed;
    for (const std::string& name : *names) {
        const std::string path = fmt::format("{}/{}", directory, name);
        if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("unpin " + path);
    }
    if (rmdir(directory.c_str()) != 0) return fail_errno("remove " + directory);
    return {};
}

Result<void> StateMount::remove() {
    keep_ = true;  // whatever happens now, the destructor does not try again
    auto names = names_in(path_);
    if (!names) return tl::unexpected(std::move(names.error()));
    for (const std::string& name : *names)  // names with a dot are the kernel's own (bpf_preload), nobody's pins
        if (name != "live" && name != "staging" && name != kRootLock && name.find('.') == std::string::npos)
            return fail(Errc::kFailed, fmt::format("{}/{} is not zdr's; remove it first", path_, name));
    if (auto cleared = clear_staging(); !cleared) return cleared;
    // From this rename on nothing is loaded; a later load or unload finishes the clearing if this one cannot.
    if (rename(live().c_str(), staging().c_str()) != 0 && errno != ENOENT) return fail_errno("rename " + live());
    if (auto cleared = clear_staging(); !cleared) return cleared;
    log_step("removed the hooks, iterators and maps");
    const std::string own = fmt::format("{}/{}", path_, kRootLock);
    if (rmdir(own.c_str()) != 0 && errno != ENOENT) return fail_errno("remove " + own);
    // Others may have the directory open, waiting for its lock: they find that another one is there, or none.
    if (umount2(path_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) return fail_errno("unmount " + path_);
    log_step("unmounted " + path_);
    lock_.reset();
    remove_empty_directory(path_);
    return {};
}

void StateMount::remove_empty_directory(const std::string& named) {
    const std::string path = canonical(named);
    // Whoever is about to mount on it holds this lock.
    const auto below = StateLock::take(path, Access::kWrite);
    struct stat status {};
    if (!below || is_bpffs(below->fd()) || lstat(path.c_str(), &status) != 0) return;
    if (S_ISDIR(status.st_mode) && status.st_uid == 0 && (status.st_mode & 07777) == kDirectoryMode)
        rmdir(path.c_str());
}

}  // namespace zdr::loader
