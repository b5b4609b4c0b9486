#include "zdr/kernel/state_dir.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "zdr/base/text.h"

namespace zdr {

bool is_bpffs(int fd) {
    struct statfs fs {};
    return fstatfs(fd, &fs) == 0 && static_cast<unsigned long>(fs.f_type) == BPF_FS_MAGIC;
}

Result<std::string> choose_state_dir(const std::optional<std::string>& given,
                                     const std::optional<std::string>& variable) {
    std::string path = given ? *given : variable.value_or("");
    if (!given && path.empty()) path = kDefaultStateDir;
    if (path.starts_with('/')) return path;
    return fail(Errc::kUsage, fmt::format("{} {} is not an absolute path", given ? "--state-dir" : kStateDirVariable,
                                          in_quotes(path)));
}

Result<UniqueFd> lock_directory(const std::string& path, Access access) {
    for (;;) {
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd) return fail_errno("open " + path);
        while (flock(fd.get(), access == Access::kRead ? LOCK_SH : LOCK_EX) != 0)
            if (errno != EINTR) return fail_errno("lock " + path);

        struct stat locked {};
        struct stat now {};
        if (fstat(fd.get(), &locked) != 0) return fail_errno("inspect " + path);
        if (stat(path.c_str(), &now) != 0) return fail_errno("open " + path);
        if (locked.st_dev == now.st_dev && locked.st_ino == now.st_ino) return fd;
    }
}

gid_t StateDir::group() const {
    struct stat found;
    return stat(live().c_str(), &found) == 0 ? found.st_gid : 0;
}

Result<StateDir> StateDir::open(const std::string& path, Access access) {
    const auto not_loaded = [&] {
        return fail(Errc::kNotLoaded, fmt::format("zdr is not loaded at {}; run zdr-loader load", path));
    };
    const auto not_permitted = [](std::string what) {
        return fail(Errc::kNotPermitted, std::move(what) + "; join group zdr or run as root");
    };

    auto locked = lock_directory(path, access);
    if (!locked) {
        if (locked.error().code == std::errc::no_such_file_or_directory) return not_loaded();
        if (exit_status(locked.error()) == static_cast<int>(Errc::kNotPermitted))
            return not_permitted(std::move(locked.error().text));
        return tl::unexpected(std::move(locked.error()));
    }
    StateDir dir(path, std::move(*locked));
    if (!is_bpffs(dir.locked_.get())) return not_loaded();
    if (faccessat(dir.locked_.get(), "live", X_OK, AT_EACCESS) == 0) return dir;
    if (errno == ENOENT) return not_loaded();
    return not_permitted(fail_errno("open " + dir.live()).value().text);
}

}  // namespace zdr
