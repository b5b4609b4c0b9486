#include "hooks.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>

namespace zdr::loader {
namespace {

constexpr unsigned kLoopback = 1;  // lo has this index in every network namespace

struct CgroupHook {
    const char* pin;
    const char* program;
    bpf_attach_type attach_type;
};
constexpr CgroupHook kCgroupHooks[] = {
    {"connect4", "zdr_connect4", BPF_CGROUP_INET4_CONNECT},
    {"connect6", "zdr_connect6", BPF_CGROUP_INET6_CONNECT},
    {"getpeername4", "zdr_getpeername4", BPF_CGROUP_INET4_GETPEERNAME},
    {"getpeername6", "zdr_getpeername6", BPF_CGROUP_INET6_GETPEERNAME},
    {"bind4", "zdr_bind4", BPF_CGROUP_INET4_BIND},
    {"bind6", "zdr_bind6", BPF_CGROUP_INET6_BIND},
};

Result<std::uint64_t> inode(const UniqueFd& fd) {
    struct stat status {};
    if (fstat(fd.get(), &status) != 0) return fail_errno("inspect a cgroup or namespace");
    return status.st_ino;
}

bool is_up(const UniqueFd& socket, const char* name) {
    ifreq request{};
    std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    return ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0 &&
           (request.ifr_flags & IFF_LOOPBACK) == 0;
}

Result<std::vector<Interface>> interfaces_that_are_up() {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> all(if_nameindex(), if_freenameindex);
    if (!socket || !all) return fail_errno("list the interfaces");
    std::vector<Interface> out;
    for (const struct if_nameindex* one = all.get(); one->if_index != 0; ++one)
        if (is_up(socket, one->if_name)) out.push_back({one->if_index, one->if_name});
    return out;
}

Hook tc_hook(unsigned index, std::uint32_t attach_type) {
    const bool in = attach_type == kTcxIngress;
    return {fmt::format("tcx_{}_{}", in ? "in" : "out", index), in ? "zdr_ingress" : "zdr_egress", attach_type,
            static_cast<int>(index), index};
}

}  // namespace

Result<std::vector<Interface>> find_interfaces(const std::vector<std::string>& names) {
    if (names.size() == 1 && names.front() == "auto") return interfaces_that_are_up();
    std::vector<Interface> out;
    for (const std::string& name : names) {
        const unsigned index = if_nametoindex(name.c_str());
        if (index == 0) return fail(Errc::kFailed, fmt::format("there is no interface {}", name));
        out.push_back({index, name});
    }
    return out;
}

Result<Hooks> Hooks::of(UniqueFd cgroup, const std::vector<Interface>& interfaces) {
    Hooks out;
    out.cgroup_ = std::move(cgroup);
    out.netns_.reset(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!out.netns_) return fail_errno("open /proc/self/ns/net");
    const auto cgroup_id = inode(out.cgroup_);
    if (!cgroup_id) return tl::unexpected(cgroup_id.error());
    const auto netns_inode = inode(out.netns_);
    if (!netns_inode) return tl::unexpected(netns_inode.error());

    for (const CgroupHook& hook : kCgroupHooks)
        out.list_.push_back({hook.pin, hook.program, hook.attach_type, out.cgroup_.get(), *cgroup_id});
    out.list_.push_back({"lookup", "zdr_lookup", BPF_SK_LOOKUP, out.netns_.get(), *netns_inode});
    bool has_loopback = false;
    for (const Interface& one : interfaces) {
        out.list_.push_back(tc_hook(one.index, kTcxIngress));
        out.list_.push_back(tc_hook(one.index, kTcxEgress));
        has_loopback = has_loopback || one.index == kLoopback;
    }
    // What the connect hooks redirect to an app of this host passes here, and is reset here when it is refused.
    if (!has_loopback) out.list_.push_back(tc_hook(kLoopback, kTcxEgress));
    return out;
}

}  // namespace zdr::loader
