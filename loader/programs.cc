#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "zdr_abi.h"
#include "zdr_bpf.skel.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace zdr::loader {

namespace {

struct MapPin {
    const char* name;
    mode_t mode;
};
constexpr std::array<MapPin, 8> kMapPins = {{
    {ZDR_MAP_META, 0440},
    {ZDR_MAP_PORTS, 0400},
    {ZDR_MAP_REDIRECTS, 0400},
    {ZDR_MAP_SERVERS, 0440},
    {ZDR_MAP_STATES, 0660},
    {ZDR_MAP_CHECKS, 0440},
    {ZDR_MAP_FLOWS, 0400},
    {ZDR_MAP_PASSAGES, 0400},
}};

// libbpf reports failures through a callback only; the last warning is the reason. One thread loads.
std::string& last_warning() {
    static std::string text;
    return text;
}

int keep_warning(libbpf_print_level level, const char* format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    char text[512];
    vsnprintf(text, sizeof text, format, arguments);
    std::string_view line(text);
    while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    line = line.substr(0, line.find('\n'));
    if (last_warning().empty()) last_warning() = line;
    return 0;
}

tl::unexpected<Error> load_failed(int error) {
    return fail_errno("load the kernel programs" + (last_warning().empty() ? "" : " (" + last_warning() + ")"), -error);
}

Result<void> reuse_maps(zdr_bpf& skeleton, const std::string& directory) {
    for (const MapPin& pin : kMapPins) {
        const std::string path = directory + "/" + pin.name;
        const UniqueFd fd(bpf_obj_get(path.c_str()));
        if (!fd) return fail_errno("open " + path);
        bpf_map* map = bpf_object__find_map_by_name(skeleton.obj, pin.name);
        if (const int error = bpf_map__reuse_fd(map, fd.get()); error != 0) return fail_errno("reuse " + path, -error);
    }
    return {};
}

}  // namespace

Programs::Programs(std::unique_ptr<zdr_bpf, Destroy> skeleton) : skeleton_(std::move(skeleton)) {}
Programs::Programs(Programs&&) noexcept = default;
Programs::~Programs() = default;
void Programs::Destroy::operator()(zdr_bpf* skeleton) const {
    zdr_bpf::destroy(skeleton);
}

Result<Programs> Programs::load(const std::optional<std::string>& pinned_maps) {
    const auto cookie = netns_cookie();
    if (!cookie) return tl::unexpected(cookie.error());

    last_warning().clear();
    libbpf_set_print(keep_warning);
    std::unique_ptr<zdr_bpf, Destroy> skeleton(zdr_bpf::open());
    if (!skeleton) return load_failed(-errno);
    skeleton->rodata->zdr_netns_cookie = *cookie;
    if (pinned_maps)
        if (auto reused = reuse_maps(*skeleton, *pinned_maps); !reused)
            return tl::unexpected(std::move(reused.error()));
    if (const int error = zdr_bpf::load(skeleton.get()); error != 0) return load_failed(error);
    return Programs(std::move(skeleton));
}

Result<void> Programs::pin_maps(const std::string& directory, gid_t group) const {
    for (const MapPin& pin : kMapPins) {
        const std::string path = directory + "/" + pin.name;
        const bpf_map* map = bpf_object__find_map_by_name(skeleton_->obj, pin.name);
        if (bpf_obj_pin(bpf_map__fd(map), path.c_str()) != 0) return fail_errno("pin " + path);
    }
    return set_rights(directory, group);
}

Result<void> Programs::set_rights(const std::string& directory, gid_t group) {
    for (const MapPin& pin : kMapPins) {
        const std::string path = directory + "/" + pin.name;
        if (chown(path.c_str(), 0, group) != 0 || chmod(path.c_str(), pin.mode) != 0)
            return fail_errno("set owner and mode of " + path);
    }
    return {};
}

Result<void> Programs::write_meta(const std::string& cgroup, const std::vector<std::string>& haproxy) const {
    if (cgroup.size() >= ZDR_PATH_SIZE)
        return fail(Errc::kFailed,
                    fmt::format("the path of cgroup {} is longer than {} bytes", cgroup, ZDR_PATH_SIZE - 1));
    const __u32 first = 0;
    zdr_meta meta{};
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.zdr_meta), &first, &meta) != 0)
        return fail_errno("read " ZDR_MAP_META);
    meta.abi = ZDR_ABI_VERSION;
    meta.netns_cookie = skeleton_->rodata->zdr_netns_cookie;
    std::memset(meta.cgroup, 0, sizeof meta.cgroup);
    std::memcpy(meta.cgroup, cgroup.data(), cgroup.size());
    std::string sockets;
    for (const std::string& one : haproxy) sockets += one + '\n';
    std::memset(meta.haproxy, 0, sizeof meta.haproxy);
    std::memcpy(meta.haproxy, sockets.data(), std::min(sockets.size(), sizeof meta.haproxy - 1));  // as checked
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_meta), &first, &meta, BPF_ANY) != 0)
        return fail_errno("write " ZDR_MAP_META);
    return {};
}

Result<Redirects> Programs::redirects() const {
    const auto duplicate = [](const bpf_map* map) { return UniqueFd(fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0)); };
    UniqueFd tries = duplicate(skeleton_->maps.zdr_redirects);
    UniqueFd ports = duplicate(skeleton_->maps.zdr_ports);
    if (!tries || !ports) return fail_errno("duplicate an fd");
    return Redirects(std::move(tries), std::move(ports));
}

int Programs::program_fd(const Hook& hook) const {
    return bpf_program__fd(bpf_object__find_program_by_name(skeleton_->obj, hook.program));
}

Result<std::uint64_t> netns_cookie() {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail_errno("open a socket");
    std::uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0)
        return fail_errno("read the cookie of the network namespace (Linux 5.14 and later have it)");
    return cookie;
}

}  // namespace zdr::loader
