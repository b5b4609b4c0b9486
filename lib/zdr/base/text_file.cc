#include "zdr/base/text_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <optional>
#include <utility>

#include "zdr/base/text.h"

namespace zdr {
namespace {

// "a/b" is in "a/", "b" in "./".
std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// Whether a link there may be a trap, as proc(5) says at fs.protected_symlinks, which not every host has set.
bool may_be_trap(const struct stat& link, const std::string& directory) {
    struct stat found {};
    if (stat(directory.c_str(), &found) != 0) return true;
    const bool may_all_write = (found.st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
    return may_all_write && link.st_uid != geteuid() && link.st_uid != found.st_uid;
}

// Where it leads. none: it is no link, or nothing is there.
Result<std::optional<std::string>> follow_link(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat found {};
    if (!fd || fstat(fd.get(), &found) != 0 || !S_ISLNK(found.st_mode)) return std::nullopt;
    struct statfs file_system {};
    if (fstatfs(fd.get(), &file_system) == 0 && file_system.f_type == PROC_SUPER_MAGIC)
        return fail(Errc::kFailed, path + " is what a process has open; name a file");
    if (may_be_trap(found, directory_of(path)))
        return fail(Errc::kFailed, path + " is another user's link in a directory where all may write");
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlinkat(fd.get(), "", target.data(), target.size());
    if (size < 0) return fail_errno("read link " + path);
    const std::string_view text(target.data(), static_cast<std::size_t>(size));
    return (text.starts_with('/') ? "" : directory_of(path)).append(text);
}

// Where the links at the end of a path lead; the path itself where nothing is there.
Result<std::string> without_links(const std::string& path) {
    constexpr int kMostLinks = 40;  // of Linux
    std::string out = path;
    for (int links = 0; links <= kMostLinks; ++links) {
        auto next = follow_link(out);
        if (!next) return tl::unexpected(std::move(next.error()));
        if (*next) {
            out = std::move(**next);
            continue;
        }
        if (links > 0 && access(out.c_str(), F_OK) != 0)
            return fail(Errc::kFailed, path + " is a link that leads to no file");
        return out;
    }
    return fail_errno("open " + path, ELOOP);
}

Result<std::string> pending_name(const std::string& name) {
    return unforeseen_name("." + name.substr(0, 200));
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno("open " + path);
    return read_text(fd.get(), path);
}

Result<std::string> read_text(int fd, const std::string& name) {
    constexpr std::size_t kLargestFile = std::size_t{64} << 20;
    std::string text;
    std::array<char, 65536> piece;
    for (;;) {
        const ssize_t got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read " + name);
        if (got == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > kLargestFile) return fail(Errc::kUsage, "read " + name + ": it is larger than 64 MiB");
    }
}

Result<void> write_text(int fd, std::string_view text, const std::string& name) {
    while (!text.empty()) {
        const ssize_t done = ::write(fd, text.data(), text.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return fail_errno("write " + name);
        text.remove_prefix(static_cast<std::size_t>(done));
    }
    if (fsync(fd) != 0) return fail_errno("write " + name);
    return {};
}

Result<std::string> unforeseen_name(const std::string& name) {
    std::uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number) return fail_errno("getrandom");
    return fmt::format("{}.{:016x}", name, number);
}

Result<ReplacedFile> ReplacedFile::open(const std::string& path) {
    const auto target = without_links(path);
    if (!target) return tl::unexpected(target.error());
    const std::string directory = directory_of(*target);
    const std::string name = target->substr(target->rfind('/') + 1);
    if (name.empty()) return fail(Errc::kFailed, in_quotes(path) + " names no file");
    ReplacedFile out(UniqueFd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), name, path);
    if (!out.directory_) return fail_errno("open " + directory);
    struct stat found {};
    const bool is_there = fstatat(out.directory_.get(), name.c_str(), &found, 0) == 0;
    if (is_there && !S_ISREG(found.st_mode)) return fail(Errc::kFailed, path + " is no regular file");
    if (is_there && faccessat(out.directory_.get(), name.c_str(), W_OK, AT_EACCESS) != 0)
        return fail_errno("write " + path);
    const auto pending = pending_name(name);
    if (!pending) return tl::unexpected(pending.error());
    if (const auto created = out.create(*pending); !created) return tl::unexpected(created.error());
    (void)unlinkat(out.directory_.get(), pending->c_str(), 0);
    return out;
}

Result<UniqueFd> ReplacedFile::create(const std::string& name) const {
    constexpr mode_t kMode = 0666;  // but for the umask
    UniqueFd fd(openat(directory_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!fd) return fail_errno(fmt::format("create a file beside {}", path_));
    return fd;
}

Result<void> ReplacedFile::replace(std::string_view text) const {
    const auto pending = pending_name(name_);
    if (!pending) return tl::unexpected(pending.error());
    const auto fd = create(*pending);
    if (!fd) return tl::unexpected(fd.error());
    struct stat found {};
    // Whose the old one is, and who may read it, stays; but only root may give a file away.
    if (fstatat(directory_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(found.st_mode)) {
        (void)!fchown(fd->get(), found.st_uid, found.st_gid);
        (void)!fchmod(fd->get(), found.st_mode & 0777);
    }
    auto done = write_text(fd->get(), text, path_);
    if (done && renameat(directory_.get(), pending->c_str(), directory_.get(), name_.c_str()) != 0)
        done = fail_errno("replace " + path_);
    if (!done) (void)unlinkat(directory_.get(), pending->c_str(), 0);
    return done;
}

}  // namespace zdr
