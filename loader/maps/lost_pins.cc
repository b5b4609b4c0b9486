#include "maps/lost_pins.h"

#include <bpf/bpf.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "log.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/map_table.h"

namespace zdr::loader {
namespace {

using Ids = std::vector<__u32>;

// Of the program that a pinned link runs; none where it cannot be asked.
Ids maps_of(const std::string& pin) {
    const UniqueFd fd(bpf_obj_get(pin.c_str()));
    bpf_link_info link{};
    __u32 size = sizeof link;
    if (bpf_obj_get_info_by_fd(fd.get(), &link, &size) != 0) return {};
    const UniqueFd program(bpf_prog_get_fd_by_id(link.prog_id));
    Ids out(64);
    bpf_prog_info info{};
    info.nr_map_ids = static_cast<__u32>(out.size());
    info.map_ids = reinterpret_cast<__u64>(out.data());
    size = sizeof info;
    if (bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return {};
    out.resize(std::min<std::size_t>(out.size(), info.nr_map_ids));
    return out;
}

bool is_map(int fd, const MapSpec& wanted) {
    bpf_map_info info{};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.name == std::string_view(wanted.name) &&
           info.key_size == wanted.key_size && info.value_size == wanted.value_size;
}

Result<void> pin_again(const MapSpec& map, const Ids& ids, const std::string& path) {
    for (const __u32 id : ids) {
        const UniqueFd fd(bpf_map_get_fd_by_id(id));
        if (!fd || !is_map(fd.get(), map)) continue;
        if (bpf_obj_pin(fd.get(), path.c_str()) != 0) return fail_errno("pin " + path);
        log_step(fmt::format("pinned {} again, which somebody had removed", path));
        return {};
    }
    return {};
}

}  // namespace

Result<void> restore_pins(const std::string& directory) {
    std::vector<const MapSpec*> lost;
    for (const MapSpec& map : kPinnedMaps)
        if (access(fmt::format("{}/{}", directory, map.name).c_str(), F_OK) != 0) lost.push_back(&map);
    if (lost.empty()) return {};
    Ids ids;
    for (const char* hook : kHooksOfEveryLoad) {  // all of them links, and two have all maps
        const Ids of_this = maps_of(fmt::format("{}/{}", directory, hook));
        ids.insert(ids.end(), of_this.begin(), of_this.end());
    }
    for (const MapSpec* map : lost)
        if (auto pinned = pin_again(*map, ids, fmt::format("{}/{}", directory, map->name)); !pinned) return pinned;
    return {};
}

}  // namespace zdr::loader
