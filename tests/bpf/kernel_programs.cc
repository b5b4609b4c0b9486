#include "kernel_programs.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "support/require.h"
#include "zdr/base/unique_fd.h"
#include "zdr/kernel/check_records.h"
#include "zdr/kernel/redirects.h"
#include "zdr/net/local_addresses.h"
#include "zdr_bpf.skel.h"

namespace zdr::test {
namespace {

UniqueFd duplicate(const bpf_map* map) {
    return require_fd(fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0), "duplicate the fd of a map");
}

template <class Key>
std::size_t count_keys(const bpf_map* map) {
    std::size_t out = 0;
    Key key;
    for (Key* last = nullptr; bpf_map_get_next_key(bpf_map__fd(map), last, &key) == 0; last = &key) ++out;
    return out;
}

bpf_test_run_opts run_options(const Bytes& packet, int times) {
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.data_in = packet.data();
    options.data_size_in = static_cast<__u32>(packet.size());
    options.repeat = times;
    return options;
}

}  // namespace

void enter_new_network() {
    require(unshare(CLONE_NEWNET) == 0, "make a network namespace");
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    require(ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0, "set lo up");
}

Outcome run_once(int program, const Bytes& packet) {
    Outcome out;
    out.packet.resize(packet.size() + 256);
    bpf_test_run_opts options = run_options(packet, 1);
    options.data_out = out.packet.data();
    options.data_size_out = static_cast<__u32>(out.packet.size());
    if (bpf_prog_test_run_opts(program, &options) != 0) {
        out.error = errno;
        return out;
    }
    out.verdict = static_cast<int>(options.retval);
    out.packet.resize(options.data_size_out);
    return out;
}

std::uint32_t nanoseconds_of(int program, const Bytes& packet, int times) {
    bpf_test_run_opts options = run_options(packet, times);
    require(bpf_prog_test_run_opts(program, &options) == 0, "run a program on a packet");
    return options.duration;
}

KernelPrograms::KernelPrograms() : skeleton_(zdr_bpf::open()) {
    require(skeleton_ != nullptr, "open the programs");
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    __u64 cookie = 0;
    socklen_t size = sizeof cookie;
    require(getsockopt(socket.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0, "read the namespace's cookie");
    skeleton_->rodata->zdr_netns_cookie = cookie;
    const std::unique_ptr<btf, void (*)(btf*)> kernel(btf__load_vmlinux_btf(), btf__free);
    require(kernel != nullptr, "read the kernel's BTF");
    const bool ends_sockets = btf__find_by_name_kind(kernel.get(), "bpf_sock_destroy", BTF_KIND_FUNC) > 0;
    bpf_program__set_autoload(skeleton_->progs.zdr_end_refused, ends_sockets);  // Linux 6.5
    if (const int error = zdr_bpf::load(skeleton_.get()); error != 0)
        throw std::system_error(-error, std::generic_category(), "load the programs");
}

KernelPrograms::~KernelPrograms() = default;

void KernelPrograms::Destroy::operator()(zdr_bpf* skeleton) const {
    zdr_bpf::destroy(skeleton);
}

void KernelPrograms::serve(std::span<const Server> servers) {
    std::vector<ServerEntry> entries;
    for (const Server& server : servers) {
        const auto slot = static_cast<__u32>(entries.size());
        entries.push_back({.server = server, .slot = slot, .peer = slot, .is_published = true});
    }
    const Redirects redirects(duplicate(skeleton_->maps.zdr_redirects), duplicate(skeleton_->maps.zdr_ports),
                              duplicate(skeleton_->maps.zdr_instances));
    const __u32 first = 0;
    zdr_meta meta{};
    meta.may_rewrite = 1;
    require(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_meta), &first, &meta, BPF_ANY) == 0, "write zdr_meta");
    const auto local = local_addresses();
    if (!local) throw std::runtime_error(local.error().text);
    if (const auto done = redirects.replace(redirects_of(entries, *local)); !done)
        throw std::runtime_error(done.error().text);
}

void KernelPrograms::set_state(std::uint32_t slot, std::uint32_t state) {
    zdr_state record{};
    record.state = static_cast<__u8>(state);
    require(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_state_a), &slot, &record, BPF_F_LOCK) == 0,
            "set a state");
}

Checks KernelPrograms::checks(std::uint32_t slot) const {
    const auto read = [&](const bpf_map* map, void* record) {
        const int error = bpf_map_lookup_elem_flags(bpf_map__fd(map), &slot, record, BPF_F_LOCK);
        require(error == 0 || errno == ENOENT, "read the checks");
        return error == 0;
    };
    zdr_checks record{};
    zdr_overflow_checks overflow{};
    read(skeleton_->maps.zdr_checks, &record);
    return from_records(record, read(skeleton_->maps.zdr_overflow, &overflow) ? &overflow : nullptr);
}

void KernelPrograms::set_intervals(std::uint32_t slot, std::chrono::milliseconds interval) {
    const auto change = [&](const bpf_map* map, auto record) {
        if (bpf_map_lookup_elem_flags(bpf_map__fd(map), &slot, &record, BPF_F_LOCK) != 0) return;
        for (zdr_checker& one : record.checkers) one.interval_ms = static_cast<__u32>(interval.count());
        require(bpf_map_update_elem(bpf_map__fd(map), &slot, &record, BPF_F_LOCK) == 0, "set the intervals");
    };
    change(skeleton_->maps.zdr_checks, zdr_checks{});
    change(skeleton_->maps.zdr_overflow, zdr_overflow_checks{});
}

std::size_t KernelPrograms::overflow_records() const {
    return count_keys<__u32>(skeleton_->maps.zdr_overflow);
}

void KernelPrograms::fill_overflow_records() {
    const zdr_overflow_checks empty{};
    for (__u32 slot = ZDR_MAX_SERVERS; slot < ZDR_MAX_SERVERS + ZDR_MAX_OVERFLOW; ++slot)
        require(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_overflow), &slot, &empty, BPF_ANY) == 0,
                "make a record of overflow");
}

std::size_t KernelPrograms::flows() const {
    return count_keys<zdr_flow_key>(skeleton_->maps.zdr_flows);
}

void KernelPrograms::pretend_flows() {
    const __u32 first = 0;
    zdr_activity activity{};
    activity.flows_created = 1;
    require(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.zdr_activity), &first, &activity, BPF_ANY) == 0,
            "write zdr_activity");
}

bool KernelPrograms::is_refused(const Packet& packet) const {
    const auto from = Address::parse(packet.from).value();
    const auto to = Address::parse(packet.to).value();
    bpf_sk_lookup context{};
    context.family = packet.is_v6() ? AF_INET6 : AF_INET;
    context.protocol = IPPROTO_TCP;
    context.remote_ip4 = packet.is_v6() ? 0 : from.words().back();
    context.local_ip4 = packet.is_v6() ? 0 : to.words().back();
    if (packet.is_v6()) {
        std::copy(from.words().begin(), from.words().end(), context.remote_ip6);
        std::copy(to.words().begin(), to.words().end(), context.local_ip6);
    }
    context.remote_port = htons(packet.source_port);
    context.local_port = packet.dest_port;
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.ctx_in = &context;
    options.ctx_size_in = sizeof context;
    require(bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.zdr_lookup), &options) == 0,
            "run the socket look-up");
    return options.retval == SK_DROP;
}

int KernelPrograms::ingress() const {
    return bpf_program__fd(skeleton_->progs.zdr_ingress);
}

int KernelPrograms::egress() const {
    return bpf_program__fd(skeleton_->progs.zdr_egress);
}

std::vector<ProgramInfo> KernelPrograms::programs() const {
    std::vector<ProgramInfo> out;
    bpf_program* program = nullptr;
    while ((program = bpf_object__next_program(skeleton_->obj, program)) != nullptr) {
        bpf_prog_info info{};
        __u32 size = sizeof info;
        if (!bpf_program__autoload(program)) continue;
        require(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0, "read a program's information");
        out.push_back({bpf_program__name(program), info.verified_insns, info.xlated_prog_len, info.jited_prog_len});
    }
    return out;
}

std::vector<MapInfo> KernelPrograms::maps() const {
    std::vector<MapInfo> out;
    const bpf_map* map = nullptr;
    while ((map = bpf_object__next_map(skeleton_->obj, map)) != nullptr)
        if (!bpf_map__is_internal(map))
            out.push_back({bpf_map__name(map), bpf_map__key_size(map), bpf_map__value_size(map)});
    return out;
}

}  // namespace zdr::test
