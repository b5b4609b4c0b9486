#include "hooks.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

namespace zdr::loader {
namespace {

struct CgroupHook {
    const char* pin;
    const char* program;
    bpf_attach_type attach_type;
};
constexpr CgroupHook kCgroupHooks[] = {
    {"sockops", "zdr_sockops", BPF_CGROUP_SOCK_OPS},  // first: what listens from now on is registered
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

Hook tc_hook(unsigned index, std::uint32_t attach_type) {
    const bool in = attach_type == kTcxIngress;
    return {fmt::format("tcx_{}_{}", in ? "in" : "out", index), in ? "zdr_ingress" : "zdr_egress", attach_type,
            static_cast<int>(index), index};
}

}  // namespace

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
    for (const Interface& one : interfaces) {
        out.list_.push_back(tc_hook(one.index, kTcxIngress));
        out.list_.push_back(tc_hook(one.index, kTcxEgress));
    }
    return out;
}

}  // namespace zdr::loader
