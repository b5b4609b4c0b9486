#include "zdr/net/socket_owners.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>
#include <memory>
#include <string_view>

#include "zdr/base/text.h"
#include "zdr/base/text_file.h"

namespace zdr {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

// Calls with the name of each entry; with none where the directory cannot be read.
template <class Take>
void each_entry(const std::string& path, const Take& take) {
    const Directory directory(opendir(path.c_str()), closedir);
    while (directory != nullptr) {
        const dirent* entry = readdir(directory.get());
        if (entry == nullptr) return;
        take(std::string(entry->d_name));
    }
}

template <class Take>
void each_process(const Take& take) {
    each_entry("/proc", [&](const std::string& name) {
        pid_t pid = 0;
        const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error == std::errc() && stop == name.data() + name.size() && pid > 0) take(pid);
    });
}

std::string directory_of(pid_t pid) {
    return "/proc/" + std::to_string(pid);
}

// Where a symbolic link leads; empty: that may not be seen.
std::string read_link(const std::string& path) {
    std::array<char, PATH_MAX> out;
    const ssize_t size = readlink(path.c_str(), out.data(), out.size());
    return {out.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
}

// The inode in "socket:[4711]"; 0: it is no socket.
std::uint64_t socket_inode(std::string_view link) {
    constexpr std::string_view kBegin = "socket:[";
    std::uint64_t inode = 0;
    if (link.starts_with(kBegin)) std::from_chars(link.data() + kBegin.size(), link.data() + link.size(), inode);
    return inode;
}

// What others may not see, and what ends meanwhile, is left out.
std::vector<std::pair<std::uint64_t, pid_t>> read_pids() {
    std::vector<std::pair<std::uint64_t, pid_t>> out;
    each_process([&](pid_t pid) {
        const std::string fds = directory_of(pid) + "/fd/";
        each_entry(fds, [&](const std::string& fd) {
            if (const auto inode = socket_inode(read_link(fds + fd)); inode != 0) out.emplace_back(inode, pid);
        });
    });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

// The last part of the path; a program that was replaced since has "(deleted)" behind it.
std::string program_of(pid_t pid) {
    constexpr std::string_view kDeleted = " (deleted)";
    std::string path = read_link(directory_of(pid) + "/exe");
    if (path.ends_with(kDeleted)) path.erase(path.size() - kDeleted.size());
    return printable(path.substr(path.rfind('/') + 1));
}

RunningProcess process(pid_t pid) {
    RunningProcess out{pid, {}, program_of(pid)};
    if (auto name = read_text_file(directory_of(pid) + "/comm")) {
        name->erase(name->find_last_not_of('\n') + 1);
        out.name = printable(*name);
    }
    return out;
}

// The path from the root of the mount that it is in: "" for that root itself.
std::string from_mount(const std::string& path) {
    struct stat here {};
    struct stat above {};
    std::string root = path;
    if (stat(path.c_str(), &here) != 0) return path;
    for (;;) {
        const std::string parent = root.substr(0, root.rfind('/'));
        if (parent.empty() || stat(parent.c_str(), &above) != 0 || above.st_dev != here.st_dev) break;
        root = parent;
    }
    return path.substr(root.size());
}

}  // namespace

std::optional<bool> is_in_cgroup(pid_t pid, const std::string& cgroup) {
    constexpr std::string_view kVersion2 = "\n0::";
    const auto lines = read_text_file(directory_of(pid) + "/cgroup");
    if (!lines) return std::nullopt;
    const std::string text = "\n" + *lines;
    const std::size_t begin = text.rfind(kVersion2);  // it is the last line, or the only one
    if (begin == std::string::npos) return std::nullopt;
    const std::size_t path = begin + kVersion2.size();
    const std::string its = text.substr(path, text.find('\n', path) - path);
    return (its + "/").starts_with(from_mount(cgroup) + "/");
}

std::vector<RunningProcess> running_processes() {
    std::vector<RunningProcess> out;
    each_process([&](pid_t pid) { out.push_back(process(pid)); });
    return out;
}

std::vector<pid_t> running_pids() {
    std::vector<pid_t> out;
    each_process([&](pid_t pid) { out.push_back(pid); });
    return out;
}

std::vector<RunningProcess> SocketOwners::of(const ListeningSocket& socket) {
    if (!pids_) pids_ = read_pids();
    std::vector<RunningProcess> out;
    if (socket.inode == 0) return out;
    for (auto one = std::lower_bound(pids_->begin(), pids_->end(), std::pair(socket.inode, pid_t{0}));
         one != pids_->end() && one->first == socket.inode; ++one)
        out.push_back(process(one->second));
    return out;
}

}  // namespace zdr
