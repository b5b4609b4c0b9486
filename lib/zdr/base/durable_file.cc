#include "zdr/base/durable_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "zdr/base/text_file.h"

namespace zdr {
namespace {

constexpr std::string_view kSuffix = ".new";

// A directory that somebody has put where a file is to be, with what is in it: to a name that nobody foresees.
void move_aside(int directory, const std::string& name) {
    if (const auto aside = unforeseen_name(name)) (void)renameat(directory, name.c_str(), directory, aside->c_str());
}

}  // namespace

Result<PendingFile> PendingFile::write(const std::string& directory, const std::string& name, std::string_view text) {
    constexpr mode_t kMode = 0660;
    constexpr auto kSameUser = static_cast<uid_t>(-1);
    UniqueFd opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return fail_errno("open " + directory);
    const std::string pending = name + std::string(kSuffix);
    const std::string path = directory + "/" + pending;
    // One that was left, or a link that somebody has laid there.
    if (unlinkat(opened.get(), pending.c_str(), 0) != 0) {
        if (errno != ENOENT && errno != EISDIR) return fail_errno("remove " + path);
        if (errno == EISDIR) move_aside(opened.get(), pending);
    }
    const UniqueFd fd(
        openat(opened.get(), pending.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
    if (!fd) return fail_errno("create " + path);
    PendingFile out(std::move(opened), directory, name);
    struct stat of_directory {};
    if (fstat(out.directory_.get(), &of_directory) != 0 || fchown(fd.get(), kSameUser, of_directory.st_gid) != 0 ||
        fchmod(fd.get(), kMode) != 0)  // whatever the umask is
        return fail_errno("share " + path);
    if (auto written = write_text(fd.get(), text, path); !written) return tl::unexpected(std::move(written.error()));
    return out;
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : directory_(std::move(other.directory_)), path_(std::move(other.path_)), name_(std::exchange(other.name_, "")) {}

PendingFile::~PendingFile() {
    if (!name_.empty()) (void)unlinkat(directory_.get(), (name_ + std::string(kSuffix)).c_str(), 0);
}

Result<void> PendingFile::commit() {
    const std::string name = std::exchange(name_, "");
    const std::string pending = name + std::string(kSuffix);
    const auto rename = [&] {
        return renameat(directory_.get(), pending.c_str(), directory_.get(), name.c_str()) == 0;
    };
    bool is_renamed = rename();
    if (!is_renamed && errno == EISDIR) {
        move_aside(directory_.get(), name);
        is_renamed = rename();
    }
    if (!is_renamed) return fail_errno(fmt::format("rename {}/{}", path_, pending));
    if (fsync(directory_.get()) != 0) return fail_errno("write " + path_);
    return {};
}

Result<std::string> read_small_file(const std::string& path, std::size_t most) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return fail_errno("open " + path);
    struct stat found;
    if (fstat(fd.get(), &found) != 0) return fail_errno("inspect " + path);
    if (!S_ISREG(found.st_mode)) return fail(Errc::kFailed, path + " is no regular file");
    const auto too_large = [&] { return fail(Errc::kFailed, fmt::format("{} has more than {} bytes", path, most)); };
    if (static_cast<std::size_t>(found.st_size) > most) return too_large();
    auto text = read_text(fd.get(), path);
    if (text && text->size() > most) return too_large();  // it has grown
    return text;
}

}  // namespace zdr
