#include "old_maps.h"

#include <bpf/bpf.h>
#include <fmt/core.h>

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

}  // namespace

Result<void> check_old_maps(const std::string& directory) {
    for (const MapSpec& map : kPinnedMaps) {
        const std::string path = fmt::format("{}/{}", directory, map.name);
        const UniqueFd fd(bpf_obj_get(path.c_str()));
        if (!fd && errno == ENOENT)
            return fail(Errc::kFailed, fmt::format("{} is not there, so what is loaded is of another build; run "
                                                   "zdr-loader unload, then zdr-loader load",
                                                   path));
        if (!fd) return fail_errno("open " + path);
        if (auto same = check_sizes(fd.get(), map, path); !same) return refusal(std::move(same.error()));
        if (map.name == kRedirectsMap.name)
            if (auto same = check_trie(fd, path); !same) return same;
    }
    return {};
}

}  // namespace zdr::loader
