#include "ctl/doctor/socket_owners.h"

#include <dirent.h>
#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <memory>
#include <string_view>

#include "zdr/base/text.h"
#include "zdr/base/text_file.h"

namespace zdr::ctl {
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

// The inode in "socket:[4711]"; 0: it is no socket.
std::uint64_t socket_inode(std::string_view link) {
    constexpr std::string_view kBegin = "socket:[";
    std::uint64_t inode = 0;
    if (link.starts_with(kBegin)) std::from_chars(link.data() + kBegin.size(), link.data() + link.size(), inode);
    return inode;
}

bool is_process(const std::string& name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

// What others may not see, and what ends meanwhile, is left out.
std::map<std::uint64_t, std::string> read_processes() {
    std::map<std::uint64_t, std::string> out;
    each_entry("/proc", [&](const std::string& pid) {
        if (!is_process(pid)) return;
        const std::string fds = "/proc/" + pid + "/fd/";
        each_entry(fds, [&](const std::string& fd) {
            char link[64];
            const ssize_t size = readlink((fds + fd).c_str(), link, sizeof link);
            const auto inode = size < 0 ? 0 : socket_inode({link, static_cast<std::size_t>(size)});
            if (inode != 0) out.emplace(inode, pid);
        });
    });
    return out;
}

}  // namespace

std::string SocketOwners::of(const ListeningSocket& socket) {
    if (!processes_) processes_ = read_processes();
    const auto found = processes_->find(socket.inode);
    if (socket.inode == 0 || found == processes_->end()) return fmt::format("a process of user {}", socket.uid);
    auto name = read_text_file("/proc/" + found->second + "/comm");
    if (!name) return "process " + found->second;
    name->erase(name->find_last_not_of('\n') + 1);
    return fmt::format("{}, process {}", printable(*name), found->second);
}

}  // namespace zdr::ctl
