#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "steps.h"
#include "zdr/kernel/map_table.h"
#include "zdr/net/network_namespace.h"
#include "zdr_abi.h"
#include "zdr_bpf.skel.h"

namespace zdr::loader {
namespace {

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
    for (const MapSpec& map : kPinnedMaps) {
        const std::string path = directory + "/" + map.name;
        const UniqueFd fd(bpf_obj_get(path.c_str()));
        if (!fd) return fail_errno("open " + path);
        bpf_map* own = bpf_object__find_map_by_name(skeleton.obj, map.name);
        if (const int error = bpf_map__reuse_fd(own, fd.get()); error != 0) return fail_errno("reuse " + path, -error);
    }
    return {};
}

}  // namespace

Programs::Programs(Skeleton skeleton) : skeleton_(std::move(skeleton)) {}
Programs::Programs(Programs&&) noexcept = default;
Programs::~Programs() = default;
void Programs::Destroy::operator()(zdr_bpf* skeleton) const {
    zdr_bpf::destroy(skeleton);
}

Result<Programs::Skeleton> Programs::load_skeleton(const std::optional<std::string>& pinned_maps, bool has_sessions) {
    const auto cookie = netns_cookie();
    if (!cookie) return tl::unexpected(cookie.error());

    last_warning().clear();
    libbpf_set_print(keep_warning);
    Skeleton skeleton(zdr_bpf::open());
    if (!skeleton) return load_failed(-errno);
    skeleton->rodata->zdr_netns_cookie = *cookie;
    bpf_program__set_autoload(skeleton->progs.zdr_sessions, has_sessions);
    if (pinned_maps)
        if (auto reused = reuse_maps(*skeleton, *pinned_maps); !reused)
            return tl::unexpected(std::move(reused.error()));
    if (const int error = zdr_bpf::load(skeleton.get()); error != 0) return load_failed(error);
    return skeleton;
}

// Where the kernel does not take all, then all but the iterator of sessions, which the redirects do not need.
Result<Programs> Programs::load(const std::optional<std::string>& pinned_maps) {
    auto all = load_skeleton(pinned_maps, true);
    if (all) return Programs(std::move(*all));
    auto without_sessions = load_skeleton(pinned_maps, false);
    if (!without_sessions) return tl::unexpected(std::move(without_sessions.error()));
    Programs out(std::move(*without_sessions));
    out.no_sessions_ = std::move(all.error());
    return out;
}

Result<void> Programs::pin_maps(const std::string& directory, gid_t group) const {
    for (const MapSpec& map : kPinnedMaps) {
        const std::string path = directory + "/" + map.name;
        const bpf_map* own = bpf_object__find_map_by_name(skeleton_->obj, map.name);
        if (bpf_obj_pin(bpf_map__fd(own), path.c_str()) != 0) return fail_errno("pin " + path);
    }
    return set_rights(directory, group);
}

Result<void> Programs::set_rights(const std::string& directory, gid_t group) {
    for (const MapSpec& map : kPinnedMaps) {
        const std::string path = directory + "/" + map.name;
        if (chown(path.c_str(), 0, group) != 0 || chmod(path.c_str(), map.mode) != 0)
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

Result<UniqueFd> Programs::session_iterator() const {
    if (no_sessions_) return tl::unexpected(*no_sessions_);
    UniqueFd link(bpf_link_create(bpf_program__fd(skeleton_->progs.zdr_sessions), 0, BPF_TRACE_ITER, nullptr));
    if (!link) return fail_errno("make an iterator of TCP sockets");
    return link;
}

Result<void> Programs::pin_sessions(const std::string& directory, gid_t group) const {
    const auto link = session_iterator();
    if (!link) {
        log_step("sessions stay unknown: " + link.error().text);
        return {};
    }
    const std::string path = directory + "/" ZDR_PIN_SESSIONS;
    if (bpf_obj_pin(link->get(), path.c_str()) != 0) return fail_errno("pin " + path);
    if (chown(path.c_str(), 0, group) != 0 || chmod(path.c_str(), 0440) != 0)
        return fail_errno("set owner and mode of " + path);
    log_step("pinned the iterator of sessions");
    return {};
}

int Programs::program_fd(const Hook& hook) const {
    return bpf_program__fd(bpf_object__find_program_by_name(skeleton_->obj, hook.program));
}

}  // namespace zdr::loader
