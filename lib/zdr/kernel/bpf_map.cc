#include "zdr/kernel/bpf_map.h"

#include <fmt/core.h>

namespace zdr {

Result<UniqueFd> open_pinned_map(const std::string& path, Access access, std::size_t key_size, std::size_t value_size) {
    LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = access == Access::kRead ? __u32{BPF_F_RDONLY} : 0);
    UniqueFd fd(bpf_obj_get_opts(path.c_str(), &options));
    if (!fd) return fail_errno("open " + path);
    bpf_map_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) return fail_errno("inspect " + path);
    if (info.key_size != key_size || info.value_size != value_size)
        return fail(Errc::kNotLoaded, fmt::format("{} was made by another version of zdr; run zdr-loader load", path));
    return fd;
}

bool is_of_batch(int error) {
    constexpr int kNotSupported = 524;  // the kernel's own ENOTSUPP
    return error == kNotSupported || error == EINVAL || error == EOPNOTSUPP || error == ENOSPC;
}

bool set_batch(int fd, const void* keys, const void* values, std::size_t count) {
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    auto left = static_cast<__u32>(count);
    return count == 0 || bpf_map_update_batch(fd, keys, values, &left, &options) == 0;
}

bool erase_batch(int fd, const void* keys, std::size_t count) {
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    auto left = static_cast<__u32>(count);
    return count == 0 || bpf_map_delete_batch(fd, keys, &left, &options) == 0;
}

}  // namespace zdr
