#include "zdr/kernel/bpf_map.h"

#include <fmt/core.h>

namespace zdr {

Result<void> check_sizes(int fd, const MapSpec& map, const std::string& path) {
    bpf_map_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return fail_errno("inspect " + path);
    if (info.key_size == map.key_size && info.value_size == map.value_size) return {};
    return fail(Errc::kNotLoaded,
                fmt::format("{} is another build's map (keys of {} bytes and values of {}; here {} and {}); run "
                            "zdr-loader unload, then zdr-loader load",
                            path, info.key_size, info.value_size, map.key_size, map.value_size));
}

Result<UniqueFd> open_pinned_map(const std::string& directory, const MapSpec& map, Access access) {
    const std::string path = directory + "/" + map.name;
    struct bpf_obj_get_opts options {};
    options.sz = sizeof options;
    options.file_flags = access == Access::kRead ? __u32{BPF_F_RDONLY} : 0;
    UniqueFd fd(bpf_obj_get_opts(path.c_str(), &options));
    if (!fd) return fail_errno("open " + path);
    if (auto same = check_sizes(fd.get(), map, path); !same) return tl::unexpected(std::move(same.error()));
    return fd;
}

bool is_of_batch(int error) {
    constexpr int kNotSupported = 524;  // the kernel's own ENOTSUPP
    return error == kNotSupported || error == EINVAL || error == EOPNOTSUPP || error == ENOSPC;
}

bpf_map_batch_opts batch_options(bool has_lock) {
    bpf_map_batch_opts options{};
    options.sz = sizeof options;
    if (has_lock) options.elem_flags = BPF_F_LOCK;
    return options;
}

bool set_batch(int fd, const void* keys, const void* values, std::size_t count, bool has_lock) {
    const bpf_map_batch_opts options = batch_options(has_lock);
    auto left = static_cast<__u32>(count);
    return count == 0 || bpf_map_update_batch(fd, keys, values, &left, &options) == 0;
}

bool erase_batch(int fd, const void* keys, std::size_t count) {
    const bpf_map_batch_opts options = batch_options();
    auto left = static_cast<__u32>(count);
    return count == 0 || bpf_map_delete_batch(fd, keys, &left, &options) == 0;
}

}  // namespace zdr
