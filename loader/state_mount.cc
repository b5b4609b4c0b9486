#include "state_mount.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "tc_filter.h"
#include "zdr/state_dir.h"

namespace zdr::loader {
namespace {

constexpr const char* kMountSource = "zdr";

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

// Whether the last mount at path is a bpffs that zdr made.
bool is_ours(const std::string& path) {
    std::ifstream mounts("/proc/self/mounts");
    std::string line;
    bool ours = false;
    while (std::getline(mounts, line)) {
        std::istringstream fields(line);
        std::string source, at, type;
        fields >> source >> at >> type;
        if (at == path) ours = type == "bpf" && source == kMountSource;
    }
    return ours;
}

Result<void> make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) return fail_errno("create " + path, error.value());
    if (mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return fail_errno("create " + path);
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return fail_errno("inspect " + path);
    if (!S_ISDIR(status.st_mode))
        return fail(Errc::kFailed,
                    fmt::format("state directory {} is not a directory; remove it or choose another", path));
    return {};
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
    auto lock = lock_directory(path, Access::kWrite);
    if (!lock && lock.error().code != std::errc::no_such_file_or_directory)
        return tl::unexpected(std::move(lock.error()));
    if (!lock || !is_bpffs(lock->get()) || !is_ours(path))
        return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}", path));
    return StateMount(path, UniqueFd(), std::move(*lock), true);
}

Result<StateMount> StateMount::prepare(const std::string& named) {
    const std::string path = canonical(named);
    for (;;) {
        auto existing_mount = existing(path);
        if (existing_mount || existing_mount.error().code != make_error_code(Errc::kNotLoaded)) return existing_mount;

        if (auto made = make_directory(path); !made) return tl::unexpected(std::move(made.error()));
        auto below = lock_directory(path, Access::kWrite);
        if (!below) return tl::unexpected(std::move(below.error()));
        if (is_ours(path)) continue;  // another load was faster
        if (is_bpffs(below->get()))
            return fail(Errc::kFailed, fmt::format("{} is a BPF file system that is not zdr's; choose another", path));
        if (auto mounted = mount_on(path); !mounted) return tl::unexpected(std::move(mounted.error()));
        auto lock = lock_directory(path, Access::kWrite);
        if (!lock) return tl::unexpected(std::move(lock.error()));
        return StateMount(path, std::move(*below), std::move(*lock), false);
    }
}

StateMount::~StateMount() {
    if (lock_ && !keep_) (void)remove();
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
    for (const std::string& name : *names)
        if (unlink((directory + "/" + name).c_str()) != 0 && errno != ENOENT)
            return fail_errno("unpin " + directory + "/" + name);
    if (rmdir(directory.c_str()) != 0) return fail_errno("remove " + directory);
    return {};
}

Result<void> StateMount::remove() {
    keep_ = true;  // whatever happens now, the destructor does not try again
    auto names = names_in(path_);
    if (!names) return tl::unexpected(std::move(names.error()));
    for (const std::string& name : *names)  // names with a dot are the kernel's own (bpf_preload), nobody's pins
        if (name != "live" && name != "staging" && name.find('.') == std::string::npos)
            return fail(Errc::kFailed, fmt::format("{}/{} is not zdr's; remove it first", path_, name));
    if (auto cleared = clear_staging(); !cleared) return cleared;
    // From this rename on nothing is loaded; a later load or unload finishes the clearing if this one cannot.
    if (rename(live().c_str(), staging().c_str()) != 0 && errno != ENOENT) return fail_errno("rename " + live());
    if (auto cleared = clear_staging(); !cleared) return cleared;
    // Others may have the directory open, waiting for its lock: they find that another one is there, or none.
    if (umount2(path_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) return fail_errno("unmount " + path_);
    rmdir(path_.c_str());  // stays where somebody else made it and may not be removed
    return {};
}

}  // namespace zdr::loader
