#include "old_maps.h"

#include <bpf/bpf.h>
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "zdr/base/unique_fd.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/map_table.h"

namespace zdr::loader {
namespace {

// What the library calls "not loaded" is, to a load, simply a failure.
tl::unexpected<Error> refusal(Error error) {
    return fail(Errc::kFailed, std::move(error.text));
}

Result<void> check_trie(const UniqueFd& redirects, const std::string& path) {
    const __u32 first = 0;
    MapId id = 0;
    if (bpf_map_lookup_elem(redirects.get(), &first, &id) != 0) return {};  // a load that did not come so far
    const UniqueFd trie(bpf_map_get_fd_by_id(id));
    if (!trie) return fail_errno("open the map in " + path);
    if (auto same = check_sizes(trie.get(), kRedirectTrie, path); !same) return refusal(std::move(same.error()));
    return {};
}

Result<__u32> abi_of(const std::string& directory) {
    const auto map = BpfMap<__u32, zdr_meta>::open(directory, kMetaMap, Access::kRead);
    if (!map && map.error().code == make_error_code(Errc::kNotLoaded)) return refusal(map.error());
    if (!map) return tl::unexpected(map.error());
    const auto meta = map->find(0);
    if (!meta) return tl::unexpected(meta.error());
    const __u32 abi = *meta ? (*meta)->abi : 0;
    if (abi == ZDR_ABI_VERSION || abi == ZDR_CARRIED_ABI) return abi;
    return fail(Errc::kFailed, fmt::format("what is loaded at {} has ABI {}, and this build takes over {} and {}; run "
                                           "zdr-loader unload, then zdr-loader load",
                                           directory, abi, ZDR_CARRIED_ABI, ZDR_ABI_VERSION));
}

// Whether that map came after the carried ABI, or is another one since.
bool is_new_since(const MapSpec& map) {
    constexpr const char* kNames[] = {ZDR_MAP_SETTINGS, ZDR_MAP_SOCKETS, ZDR_MAP_LISTENERS, ZDR_MAP_LISTENING,
                                      ZDR_MAP_ACTIVITY};
    return std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view name) { return name == map.name; });
}

}  // namespace

Result<std::vector<MapSpec>> carried_maps(const std::string& directory) {
    const auto abi = abi_of(directory);
    if (!abi) return tl::unexpected(abi.error());
    std::vector<MapSpec> out;
    for (const MapSpec& map : kPinnedMaps) {
        if (*abi == ZDR_CARRIED_ABI && is_new_since(map)) continue;
        const std::string path = fmt::format("{}/{}", directory, map.name);
        const UniqueFd fd(bpf_obj_get(path.c_str()));
        if (!fd && errno == ENOENT)
            return fail(Errc::kFailed, fmt::format("{} is not there, so what is loaded is of another build; run "
                                                   "zdr-loader unload, then zdr-loader load",
                                                   path));
        if (!fd) return fail_errno("open " + path);
        if (auto same = check_sizes(fd.get(), map, path); !same) return refusal(std::move(same.error()));
        if (map.name == kRedirectsMap.name)
            if (auto same = check_trie(fd, path); !same) return tl::unexpected(std::move(same.error()));
        out.push_back(map);
    }
    return out;
}

}  // namespace zdr::loader
