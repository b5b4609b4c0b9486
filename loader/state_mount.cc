#include "state_mount.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <filesystem>
#include <memory>
#include <sstream>
#include <vector>

#include "log.h"
#include "tc_filter.h"
#include "zdr/base/retry.h"
#include "zdr/base/text_file.h"
#include "zdr/base/trusted_path.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/state_dir.h"
#include "zdr_abi.h"

namespace zdr::loader {
namespace {

constexpr const char* kMountSource = "zdr";
constexpr mode_t kDirectoryMode = 0750;

// As the kernel lists the mount: parents' symlinks resolved, the last name as it is.
Result<std::string> canonical(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const std::filesystem::path named(path);
    std::error_code error;
    const auto parent = std::filesystem::weakly_canonical(named.parent_path(), error);
    if (error) return fail_errno("find " + path, error.value());
    return (parent / named.filename()).lexically_normal();
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

// A field of /proc/self/mounts, which writes blanks, '#' and '\\' as "\\040".
std::string unescaped(std::string_view field) {
    std::string out;
    for (std::size_t at = 0; at < field.size(); ++at) {
        unsigned byte = 0;
        const char* const digits = field.data() + at + 1;
        if (field[at] != '\\' || field.size() - at < 4 ||
            std::from_chars(digits, digits + 3, byte, 8).ptr != digits + 3) {
            out += field[at];
            continue;
        }
        out += static_cast<char>(byte);
        at += 3;
    }
    return out;
}

// Whether the last mount at path is a bpffs that zdr made.
Result<bool> is_ours(const std::string& path) {
    const auto mounts = read_mounts();
    if (!mounts) return tl::unexpected(mounts.error());
    const auto last = std::find_if(mounts->rbegin(), mounts->rend(), [&](const Mount& one) { return one.at == path; });
    return last != mounts->rend() && last->is_of_zdr;
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

// False where it could not be removed, or not be looked at.
bool is_removed_or_not_ours(const std::string& path) {
    // Whoever is about to mount on it holds this lock.
    const auto below = StateLock::take(path, Access::kWrite);
    if (!below) return below.error().code == std::errc::no_such_file_or_directory;
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return errno == ENOENT;
    if (is_bpffs(below->fd()) || !S_ISDIR(status.st_mode)) return true;
    if (status.st_uid != 0 || (status.st_mode & 07777) != kDirectoryMode) return true;
    return rmdir(path.c_str()) == 0 || !is_transient(errno);
}

}  // namespace

Result<std::vector<Mount>> read_mounts() {
    const auto text = read_text_file("/proc/self/mounts");
    if (!text) return tl::unexpected(text.error());
    std::vector<Mount> out;
    std::istringstream mounts(*text);
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream fields(line);
        std::string source, at, type;
        fields >> source >> at >> type;
        out.push_back({unescaped(at), type == "bpf" && source == kMountSource});
    }
    return out;
}

Result<StateMount> StateMount::existing(const std::string& named) {
    const auto path = canonical(named);
    if (!path) return tl::unexpected(path.error());
    const auto not_loaded = fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}", *path));
    auto lock = StateLock::take(*path, Access::kWrite);
    if (!lock && lock.error().code == std::errc::no_such_file_or_directory) return not_loaded;
    if (!lock) return tl::unexpected(std::move(lock.error()));
    const auto is_zdr = is_ours(*path);
    if (!is_zdr) return tl::unexpected(is_zdr.error());
    if (!*is_zdr || !is_bpffs(lock->fd())) return not_loaded;
    if (!lock->passed_over().empty()) log_warning(lock->passed_over());
    if (auto own = lock->make_root_lock(*path); !own) return tl::unexpected(std::move(own.error()));
    return StateMount(*path, std::move(*lock));
}

// After this existing() has it, unless an unload was faster.
Result<void> StateMount::mount_new(const std::string& path) {
    auto made = make_directory(path);
    if (!made) return tl::unexpected(std::move(made.error()));
    const auto mount_if_free = [&]() -> Result<void> {
        const auto below = StateLock::take(path, Access::kWrite);
        if (!below && below.error().code == std::errc::no_such_file_or_directory) return {};  // an unload was faster
        if (!below) return tl::unexpected(below.error());
        const auto is_mounted = is_ours(path);
        if (!is_mounted) return tl::unexpected(is_mounted.error());
        if (*is_mounted) return {};  // another load was faster
        if (is_bpffs(below->fd()))
            return fail(Errc::kFailed, fmt::format("{} is a BPF file system that is not zdr's; choose another", path));
        return mount_on(path);
    };
    auto mounted = mount_if_free();
    if (!mounted && *made) rmdir(path.c_str());
    return mounted;
}

Result<StateMount> StateMount::prepare(const std::string& named) {
    const auto path = canonical(named);
    if (!path) return tl::unexpected(path.error());
    if (auto checked = check_is_roots_alone(*path); !checked) return tl::unexpected(std::move(checked.error()));
    int tries = 0;
    for (bool is_mounted = false;; is_mounted = true) {
        auto found = existing(*path);
        if (found) found->keep_ = found->is_loaded();
        if (found) return found;
        if (found.error().code != make_error_code(Errc::kNotLoaded)) {
            // The mount is anybody's from its first moment, like one of a killed load, so it is not taken away again.
            if (!is_mounted || ++tries == kTries) return found;
            pause_before_retry();
            continue;
        }
        if (auto mounted = mount_new(*path); !mounted) return tl::unexpected(std::move(mounted.error()));
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
    Result<void> out;  // the first failure, which keeps nothing else from being removed
    for (const HookPin& pin : *hooks)
        if (auto removed = remove_hook_pin(directory, pin); !removed && out) out = std::move(removed);
    for (const std::string& name : *names) {
        const std::string path = fmt::format("{}/{}", directory, name);
        const bool is_gone = succeeds([&] { return unlink(path.c_str()) == 0; }) || errno == ENOENT;
        if (!is_gone && out) out = fail_errno("unpin " + path);
    }
    if (!out) return out;
    if (!succeeds([&] { return rmdir(directory.c_str()) == 0; })) return fail_errno("remove " + directory);
    return {};
}

// By one step, before the programs are taken away one by one: without a trie nothing is redirected or refused.
void StateMount::end_redirects() const {
    const std::string path = fmt::format("{}/{}", staging(), ZDR_MAP_REDIRECTS);
    const UniqueFd tries = open_in_a_few_tries([&] { return bpf_obj_get(path.c_str()); });
    const __u32 first = 0;
    if (tries) (void)succeeds([&] { return bpf_map_delete_elem(tries.get(), &first) == 0; });
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
    if (!succeeds([&] { return rename(live().c_str(), staging().c_str()) == 0; }) && errno != ENOENT)
        return fail_errno("rename " + live());
    end_redirects();
    auto cleared = clear_staging();
    if (!cleared) cleared = clear_staging();  // what did not go at first may go now
    if (!cleared) return cleared;
    log_step("removed the hooks, iterators and maps");
    const std::string own = fmt::format("{}/{}", path_, kRootLock);
    if (!succeeds([&] { return rmdir(own.c_str()) == 0; }) && errno != ENOENT) return fail_errno("remove " + own);
    // Others may have the directory open, waiting for its lock: they find that another one is there, or none.
    if (!succeeds([&] { return umount2(path_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0; }))
        return fail_errno("unmount " + path_);
    log_step("unmounted " + path_);
    lock_.reset();
    remove_empty_directory(path_);
    return {};
}

void StateMount::remove_empty_directory(const std::string& named) {
    for (int tries = 1; tries < kTries; ++tries) {
        const auto path = canonical(named);
        if (path && is_removed_or_not_ours(*path)) return;
        pause_before_retry();
    }
}

}  // namespace zdr::loader
