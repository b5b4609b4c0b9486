#include "support/kernel_objects.h"

#include <bpf/bpf.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "zdr/base/unique_fd.h"
#include "zdr_abi.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace zdr::test {
namespace {

std::uint64_t netns_cookie() {
    const UniqueFd any(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    getsockopt(any.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size);
    return cookie;
}

template <class Info>
bool get_info(const UniqueFd& fd, Info& info) {
    __u32 size = sizeof info;
    return fd && bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0;
}

// Whether the only value of an array has these eight bytes in it, as zdr_meta and the programs' constants do.
bool holds(const UniqueFd& map, std::uint64_t wanted) {
    bpf_map_info info{};
    if (!get_info(map, info) || info.type != BPF_MAP_TYPE_ARRAY || info.max_entries != 1) return false;
    std::vector<std::uint64_t> value((info.value_size + 7) / 8);
    const __u32 first = 0;
    if (bpf_map_lookup_elem(map.get(), &first, value.data()) != 0) return false;
    for (const std::uint64_t one : value)
        if (one == wanted) return true;
    return false;
}

std::vector<__u32> maps_of(const UniqueFd& program) {
    bpf_prog_info info{};
    if (!get_info(program, info)) return {};
    std::vector<__u32> ids(info.nr_map_ids);
    bpf_prog_info again{};
    again.nr_map_ids = info.nr_map_ids;
    again.map_ids = reinterpret_cast<std::uint64_t>(ids.data());
    if (!get_info(program, again)) return {};
    return ids;
}

// As `bpftool map show` has it.
std::uint64_t memlock(const UniqueFd& fd) {
    std::ifstream lines("/proc/self/fdinfo/" + std::to_string(fd.get()));
    std::string key;
    std::uint64_t bytes = 0;
    while (lines >> key)
        if (key == "memlock:") lines >> bytes;
    return bytes;
}

bool is_zdr(const char* name) {
    return std::strncmp(name, "zdr_", 4) == 0;
}

void add_links(std::vector<std::string>& out, std::uint64_t cgroup_id) {
    for (__u32 id = 0; bpf_link_get_next_id(id, &id) == 0;) {
        bpf_link_info info{};
        if (!get_info(UniqueFd(bpf_link_get_fd_by_id(id)), info)) continue;
        if (info.type == BPF_LINK_TYPE_CGROUP && info.cgroup.cgroup_id == cgroup_id)
            out.push_back("link " + std::to_string(id));
    }
}

void add_programs(std::vector<std::string>& out, std::uint64_t cookie) {
    for (__u32 id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
        const UniqueFd program(bpf_prog_get_fd_by_id(id));
        bpf_prog_info info{};
        if (!get_info(program, info) || !is_zdr(info.name)) continue;
        for (const __u32 map : maps_of(program))
            if (holds(UniqueFd(bpf_map_get_fd_by_id(map)), cookie)) {
                out.push_back("program " + std::string(info.name) + " (" + std::to_string(id) + ")");
                break;
            }
    }
}

void add_maps(std::vector<std::string>& out, std::uint64_t cookie) {
    for (__u32 id = 0; bpf_map_get_next_id(id, &id) == 0;) {
        const UniqueFd map(bpf_map_get_fd_by_id(id));
        bpf_map_info info{};
        if (get_info(map, info) && is_zdr(info.name) && holds(map, cookie))
            out.push_back("map " + std::string(info.name) + " (" + std::to_string(id) + ")");
    }
}

}  // namespace

std::vector<std::string> kernel_objects(const Sandbox& sandbox) {
    std::vector<std::string> out;
    struct stat cgroup {};
    stat(sandbox.cgroup().c_str(), &cgroup);
    const std::uint64_t cookie = netns_cookie();
    add_links(out, cgroup.st_ino);
    add_programs(out, cookie);
    add_maps(out, cookie);
    return out;
}

PinnedObjects::PinnedObjects(const Sandbox& sandbox) {
    std::error_code none;
    std::set<unsigned> maps;
    for (const auto& pin : std::filesystem::directory_iterator(sandbox.state_dir() + "/live", none)) {
        const UniqueFd fd(bpf_obj_get(pin.path().c_str()));
        if (is_zdr(pin.path().filename().c_str())) {
            bpf_map_info info{};
            if (get_info(fd, info)) maps.insert(info.id);
            const __u32 first = 0;
            __u32 inner = 0;
            if (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS && bpf_map_lookup_elem(fd.get(), &first, &inner) == 0)
                maps.insert(inner);
            continue;
        }
        bpf_link_info info{};
        if (!get_info(fd, info)) continue;
        links_.push_back(info.id);
        programs_.push_back(info.prog_id);
        for (const __u32 map : maps_of(UniqueFd(bpf_prog_get_fd_by_id(info.prog_id)))) maps.insert(map);
    }
    maps_.assign(maps.begin(), maps.end());
}

std::uint64_t PinnedObjects::memory() const {
    std::uint64_t bytes = 0;
    for (const unsigned id : maps_) bytes += memlock(UniqueFd(bpf_map_get_fd_by_id(id)));
    for (const unsigned id : std::set(programs_.begin(), programs_.end()))  // one may be at several interfaces
        bytes += memlock(UniqueFd(bpf_prog_get_fd_by_id(id)));
    return bytes;
}

std::vector<std::string> PinnedObjects::remaining() const {
    std::vector<std::string> out;
    for (const unsigned id : links_)
        if (UniqueFd(bpf_link_get_fd_by_id(id))) out.push_back("link " + std::to_string(id));
    for (const unsigned id : programs_)
        if (UniqueFd(bpf_prog_get_fd_by_id(id))) out.push_back("program (" + std::to_string(id) + ")");
    for (const unsigned id : maps_)
        if (UniqueFd(bpf_map_get_fd_by_id(id))) out.push_back("map (" + std::to_string(id) + ")");
    return out;
}

}  // namespace zdr::test
