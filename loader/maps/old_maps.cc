#include "maps/old_maps.h"

#include <bpf/bpf.h>
#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
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

Result<OldMaps> read_meta(const std::string& directory) {
    const auto map = BpfMap<__u32, zdr_meta>::open(directory, kMetaMap, Access::kRead);
    if (!map && map.error().code == make_error_code(Errc::kNotLoaded)) return refusal(map.error());
    if (!map) return tl::unexpected(map.error());
    const auto meta = map->find(0);
    if (!meta) return tl::unexpected(meta.error());
    const __u32 abi = *meta ? (*meta)->abi : 0;
    if (abi == ZDR_ABI_VERSION) return OldMaps{directory, abi, (*meta)->side};
    constexpr __u32 kOfTwoSides = 3;
    if (abi >= ZDR_OLDEST_ABI && abi < ZDR_ABI_VERSION)
        return OldMaps{directory, abi, abi < kOfTwoSides ? ZDR_SIDE_A : (*meta)->side};
    return fail(Errc::kFailed, fmt::format("what is loaded at {} has ABI {}, and this build takes over {} to {}; run "
                                           "zdr-loader unload, then zdr-loader load",
                                           directory, abi, ZDR_OLDEST_ABI, ZDR_ABI_VERSION));
}

bool is_one_of(const MapSpec& map, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), map.name) != names.end();
}

// Whether that map came after the ABI of what is there, or is another one since, or is made anew by each load.
bool is_new(const MapSpec& map, const OldMaps& old) {
    constexpr __u32 kOfSettingsAndListeners = 2;
    if (old.abi < kOfSettingsAndListeners &&
        is_one_of(map, {ZDR_MAP_SETTINGS, ZDR_MAP_SOCKETS, ZDR_MAP_LISTENERS, ZDR_MAP_LISTENING, ZDR_MAP_ACTIVITY}))
        return true;
    constexpr __u32 kOfHandover = 4;
    if (old.abi < kOfHandover &&
        is_one_of(map, {ZDR_MAP_LOCAL_CHECK, ZDR_MAP_WAYS, ZDR_MAP_INSTANCES, ZDR_MAP_INSTANCE, ZDR_MAP_BEGAN}))
        return true;
    if (!old.is_of_this_abi())
        return is_one_of(map, {ZDR_MAP_STATES_A, ZDR_MAP_STATES_B, ZDR_MAP_FLIPS_A, ZDR_MAP_FLIPS_B});
    const SideMaps& unused = side_maps(other_side(old.side));
    return is_one_of(map, {unused.states.name, unused.flips.name});
}

}  // namespace

Result<OldMaps> find_old_maps(const std::string& directory) {
    auto out = read_meta(directory);
    if (!out) return out;
    for (const MapSpec& map : kPinnedMaps) {
        if (is_new(map, *out)) continue;
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
        out->reused.push_back(map);
    }
    return out;
}

}  // namespace zdr::loader
