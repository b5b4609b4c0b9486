#include "zdr/base/trusted_path.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

namespace zdr {
namespace {

// An access control list shows itself as rights of the group.
bool others_may_write(const struct stat& status) {
    const bool is_of_group = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
    return (is_of_group || (status.st_mode & S_IWOTH) != 0) && (status.st_mode & S_ISVTX) == 0;
}

Result<void> check_one(const std::string& one, const std::string& path) {
    struct stat status {};
    if (lstat(one.c_str(), &status) != 0) {
        if (errno == ENOENT) return {};  // root will make it
        return fail_errno("inspect " + one);
    }
    constexpr const char* kRemedy = "could put another directory there; choose one that root alone can replace";
    if (status.st_uid != 0)
        return fail(Errc::kFailed, fmt::format("state directory {}: {} belongs to user {}, who {}", path, one,
                                               status.st_uid, kRemedy));
    if (S_ISDIR(status.st_mode) && others_may_write(status))
        return fail(Errc::kFailed,
                    fmt::format("state directory {}: others than root may write in {}, and {}", path, one, kRemedy));
    return {};
}

}  // namespace

Result<void> check_is_roots_alone(const std::string& path) {
    std::filesystem::path one;
    for (const std::filesystem::path& name : std::filesystem::path(path)) {
        one /= name;
        if (auto checked = check_one(one, path); !checked) return checked;
    }
    return {};
}

}  // namespace zdr
