#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "kernel_functions.h"
#include "log.h"
#include "zdr/base/pid_namespace.h"
#include "zdr/base/retry.h"
#include "zdr/kernel/map_table.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/net/ephemeral_ports.h"
#include "zdr/net/network_namespace.h"
#include "zdr/net/port_holders.h"
#include "zdr_abi.h"
#include "zdr_bpf.skel.h"
#include "zdr_session.h"

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

Result<void> reuse_maps(zdr_bpf& skeleton, const OldMaps& old_maps) {
    for (const MapSpec& map : old_maps.reused) {
        const std::string path = old_maps.directory + "/" + map.name;
        const UniqueFd fd(bpf_obj_get(path.c_str()));
        if (!fd) return fail_errno("open " + path);
        bpf_map* own = bpf_object__find_map_by_name(skeleton.obj, map.name);
        if (const int error = bpf_map__reuse_fd(own, fd.get()); error != 0) return fail_errno("reuse " + path, -error);
    }
    return {};
}

// libbpf leaves the names out where it takes the kernel for one before 4.15.
bool has_names(const zdr_bpf& skeleton) {
    bpf_prog_info info{};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(bpf_program__fd(skeleton.progs.zdr_lookup), &info, &size) == 0 &&
           info.name[0] != '\0';
}

void name_port_holders(zdr_bpf& skeleton) {
    auto& names = skeleton.rodata->zdr_port_holders;
    std::size_t count = 0;
    for (const std::string& name : port_holder_names())
        if (count < std::size(names)) std::memcpy(&names[count++], name.data(), name.size());
}

// None is adopted where it is not known which they are.
void name_ephemeral_ports(zdr_bpf& skeleton, const Result<EphemeralPorts>& ports) {
    skeleton.rodata->zdr_ephemeral[0] = ports ? ports->range.first : std::uint16_t{0};
    skeleton.rodata->zdr_ephemeral[1] = ports ? ports->range.last : std::uint16_t{65535};
}

// Programs keep the maps that they use. These keep all, so that a pin that is lost can be made again.
Result<void> bind_maps(const zdr_bpf& skeleton) {
    for (const bpf_program* program : {skeleton.progs.zdr_lookup, skeleton.progs.zdr_connect4})
        for (const MapSpec& map : kPinnedMaps) {
            const int fd = bpf_object__find_map_fd_by_name(skeleton.obj, map.name);
            if (bpf_prog_bind_map(bpf_program__fd(program), fd, nullptr) != 0)
                return fail_errno(fmt::format("bind {}", map.name));
        }
    return {};
}

struct Iterator {
    std::string_view pin;
    std::array<const char*, 2> programs;  // the first that is loaded
};
constexpr Iterator kIterators[] = {
    {ZDR_PIN_SESSIONS, {"zdr_sessions", "zdr_sessions"}},
    {ZDR_PIN_REGISTER, {"zdr_register", "zdr_register_files"}},
    {ZDR_PIN_END_REFUSED, {"zdr_end_refused", "zdr_end_refused"}},
};

}  // namespace

// What the programs are told of this host.
struct Programs::Host {
    std::uint64_t netns_cookie;
    Result<KernelFunctions> functions;
    Result<EphemeralPorts> ephemeral_ports;
};

Programs::Programs(Skeleton skeleton, const OldMaps& old_maps, std::uint64_t netns_cookie)
    : skeleton_(std::move(skeleton)), netns_cookie_(netns_cookie) {
    for (const MapSpec& map : kPinnedMaps) {
        const auto is_same = [&](const MapSpec& old) { return std::string_view(old.name) == map.name; };
        if (std::none_of(old_maps.reused.begin(), old_maps.reused.end(), is_same)) new_maps_.push_back(map);
    }
}
Programs::Programs(Programs&&) noexcept = default;
Programs::~Programs() = default;
void Programs::Destroy::operator()(zdr_bpf* skeleton) const {
    zdr_bpf::destroy(skeleton);
}

Result<Programs::Skeleton> Programs::load_skeleton(const OldMaps& old_maps, const Host& host, bool has_sessions) {
    last_warning().clear();
    libbpf_set_print(keep_warning);
    Skeleton skeleton(zdr_bpf::open());
    if (!skeleton) return load_failed(-errno);
    skeleton->rodata->zdr_netns_cookie = host.netns_cookie;
    skeleton->rodata->zdr_pid_namespace = own_pid_namespace();
    name_port_holders(*skeleton);
    name_ephemeral_ports(*skeleton, host.ephemeral_ports);
    const KernelFunctions kernel = host.functions.value_or(KernelFunctions{});
    skeleton->rodata->zdr_sees_netns = kernel.see_netns;
    bpf_program__set_autoload(skeleton->progs.zdr_sessions, has_sessions);
    bpf_program__set_autoload(skeleton->progs.zdr_end_refused, kernel.end_sockets);
    bpf_program__set_autoload(skeleton->progs.zdr_register, kernel.end_sockets);
    bpf_program__set_autoload(skeleton->progs.zdr_register_files, !kernel.end_sockets);
    if (auto reused = reuse_maps(*skeleton, old_maps); !reused) return tl::unexpected(std::move(reused.error()));
    if (const int error = zdr_bpf::load(skeleton.get()); error != 0) return load_failed(error);
    if (auto bound = bind_maps(*skeleton); !bound) return tl::unexpected(std::move(bound.error()));
    return skeleton;
}

// Where the kernel does not take all, then all but the iterator of sessions, which the redirects do not need.
Result<Programs> Programs::load(const OldMaps& old_maps) {
    const auto cookie = netns_cookie();
    if (!cookie) return tl::unexpected(cookie.error());
    const Host host{*cookie, kernel_functions(), zdr::ephemeral_ports()};
    auto loaded = load_skeleton(old_maps, host, true);
    std::optional<Error> no_sessions;
    if (!loaded) {
        no_sessions = std::move(loaded.error());
        loaded = load_skeleton(old_maps, host, false);
    }
    if (!loaded) return tl::unexpected(std::move(loaded.error()));
    Programs out(std::move(*loaded), old_maps, *cookie);
    out.no_sessions_ = std::move(no_sessions);
    if (out.no_sessions_)
        out.lack_ = out.no_sessions_;
    else if (!host.functions)
        out.lack_ = host.functions.error();
    else if (!host.ephemeral_ports)
        out.lack_ = host.ephemeral_ports.error();
    else if (!has_names(*out.skeleton_))
        out.lack_ = Error{make_error_code(Errc::kFailed), "the kernel did not take the programs' names"};
    return out;
}

Result<void> Programs::pin_new_maps(const std::string& directory) const {
    for (const MapSpec& map : new_maps_) {
        const std::string path = directory + "/" + map.name;
        const bpf_map* own = bpf_object__find_map_by_name(skeleton_->obj, map.name);
        if (bpf_obj_pin(bpf_map__fd(own), path.c_str()) != 0) return fail_errno("pin " + path);
    }
    return {};
}

Result<void> Programs::move_new_maps(const std::string& from, const std::string& to) const {
    for (const MapSpec& map : new_maps_) {
        const std::string old_path = fmt::format("{}/{}", from, map.name);
        const std::string new_path = fmt::format("{}/{}", to, map.name);
        if (!succeeds([&] { return std::rename(old_path.c_str(), new_path.c_str()) == 0; }))
            return fail_errno(fmt::format("move {} to {}", map.name, to));
    }
    return {};
}

// ABI 1 counted them in zdr_meta, where now the side is.
Result<void> Programs::carry_flows() const {
    const __u32 first = 0;
    zdr_meta meta{};
    zdr_activity activity{};
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.zdr_meta), &first, &meta) != 0)
        return fail_errno("read " ZDR_MAP_META);
    if (meta.side == 0) return {};
    activity.flows_created = meta.side;
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_activity), &first, &activity, 0) != 0)
        return fail_errno("write " ZDR_MAP_ACTIVITY);
    meta.side = UINT32_MAX;  // still a count to its programs, and no side to the new ones
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_meta), &first, &meta, 0) != 0)
        return fail_errno("write " ZDR_MAP_META);
    return {};
}

Result<void> Programs::set_rights(const std::string& directory, gid_t group) {
    for (const MapSpec& map : kPinnedMaps) {
        const std::string path = directory + "/" + map.name;
        if (chown(path.c_str(), 0, group) != 0 || chmod(path.c_str(), map.mode) != 0)
            return fail_errno("set owner and mode of " + path);
    }
    return {};
}

Result<void> Programs::write_meta(const std::string& cgroup, const std::vector<std::string>& haproxy,
                                  std::uint32_t side) const {
    if (cgroup.size() >= ZDR_PATH_SIZE)
        return fail(Errc::kFailed,
                    fmt::format("the path of cgroup {} is longer than {} bytes", cgroup, ZDR_PATH_SIZE - 1));
    const __u32 first = 0;
    zdr_meta meta{};
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.zdr_meta), &first, &meta) != 0)
        return fail_errno("read " ZDR_MAP_META);
    meta.abi = ZDR_ABI_VERSION;
    meta.side = side;
    meta.pid_namespace = own_pid_namespace();
    meta.netns_cookie = netns_cookie_;
    std::memset(meta.cgroup, 0, sizeof meta.cgroup);
    std::memcpy(meta.cgroup, cgroup.data(), cgroup.size());
    std::string sockets;
    for (const std::string& one : haproxy) sockets += one + '\n';
    std::memset(meta.haproxy, 0, sizeof meta.haproxy);
    std::memcpy(meta.haproxy, sockets.data(), std::min(sockets.size(), sizeof meta.haproxy - 1));  // as checked
    const int map = bpf_map__fd(skeleton_->maps.zdr_meta);
    if (!succeeds([&] { return bpf_map_update_elem(map, &first, &meta, BPF_ANY) == 0; }))
        return fail_errno("write " ZDR_MAP_META);
    return {};
}

Result<Redirects> Programs::redirects() const {
    const auto duplicate = [](const bpf_map* map) { return UniqueFd(fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0)); };
    UniqueFd tries = duplicate(skeleton_->maps.zdr_redirects);
    UniqueFd ports = duplicate(skeleton_->maps.zdr_ports);
    UniqueFd instances = duplicate(skeleton_->maps.zdr_instances);
    if (!tries || !ports || !instances) return fail_errno("duplicate an fd");
    return Redirects(std::move(tries), std::move(ports), std::move(instances));
}

Result<UniqueFd> Programs::iterator(std::string_view pin) const {
    if (pin == ZDR_PIN_SESSIONS && no_sessions_) return tl::unexpected(*no_sessions_);
    const auto found =
        std::find_if(std::begin(kIterators), std::end(kIterators), [&](const Iterator& one) { return one.pin == pin; });
    for (const char* name : found->programs) {
        const int program = bpf_program__fd(bpf_object__find_program_by_name(skeleton_->obj, name));
        if (program < 0) continue;
        int link = -1;
        if (!succeeds([&] { return (link = bpf_link_create(program, 0, BPF_TRACE_ITER, nullptr)) >= 0; }))
            return fail_errno("make an iterator of sockets");
        return UniqueFd(link);
    }
    return fail(Errc::kFailed, "this kernel cannot end sockets; that came with Linux 6.5");
}

Result<void> Programs::pin_iterators(const std::string& directory, gid_t group) const {
    for (const Iterator& one : kIterators) {
        const auto link = iterator(one.pin);
        if (!link) {
            log_step(fmt::format("no iterator {}: {}", one.pin, link.error().text));
            continue;
        }
        const std::string path = fmt::format("{}/{}", directory, one.pin);
        if (bpf_obj_pin(link->get(), path.c_str()) != 0) return fail_errno("pin " + path);
        if (chown(path.c_str(), 0, group) != 0 || chmod(path.c_str(), 0440) != 0)
            return fail_errno("set owner and mode of " + path);
    }
    log_step("pinned the iterators");
    return {};
}

Result<void> Programs::register_listeners() const {
    const auto link = iterator(ZDR_PIN_REGISTER);
    if (!link) return tl::unexpected(link.error());
    auto done = run_iterator(link->get());
    if (done) log_step("registered what listens on app ports");
    return done;
}

int Programs::program_fd(const Hook& hook) const {
    return bpf_program__fd(bpf_object__find_program_by_name(skeleton_->obj, hook.program));
}

}  // namespace zdr::loader
