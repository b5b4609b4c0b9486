#include "tc_filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/core.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <optional>

#include "zdr/base/retry.h"
#include "zdr/net/netlink.h"

namespace zdr::loader {
namespace {

bpf_tc_hook tc_hook(int index, bpf_tc_attach_point point) {
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = index;
    hook.attach_point = point;
    return hook;
}

bpf_tc_hook tc_hook(const Hook& hook) {
    return tc_hook(hook.attach_to, hook.attach_type == kTcxIngress ? BPF_TC_INGRESS : BPF_TC_EGRESS);
}

bpf_tc_opts place() {
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = kFilterHandle;
    options.priority = kFilterPriority;
    return options;
}

// Whether any filter is on one side of an interface's clsact qdisc; when in doubt, yes (rtnetlink(7), RTM_GETTFILTER).
bool has_filters(int index, __u32 parent) {
    tcmsg message{};
    message.tcm_family = AF_UNSPEC;
    message.tcm_ifindex = index;
    message.tcm_parent = parent;
    bool found = false;
    const auto listed = dump(NETLINK_ROUTE, RTM_GETTFILTER, message, [&](const nlmsghdr&) { found = true; });
    return found || !listed;
}

void remove_qdisc_if_empty(int index) {
    constexpr __u32 kIngressParent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
    constexpr __u32 kEgressParent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
    if (has_filters(index, kIngressParent) || has_filters(index, kEgressParent)) return;
    bpf_tc_hook hook = tc_hook(index, static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS));
    bpf_tc_hook_destroy(&hook);
}

}  // namespace

Result<void> pin_for_root(int fd, const std::string& path) {
    if (bpf_obj_pin(fd, path.c_str()) != 0) return fail_errno("pin " + path);
    if (chmod(path.c_str(), 0400) != 0) return fail_errno("set mode of " + path);
    return {};
}

std::string filter_record(const Hook& hook) {
    return fmt::format("clsact_{}_{}", hook.attach_type == kTcxIngress ? "in" : "out", hook.attach_to);
}

std::string qdisc_record(const Hook& hook) {
    return fmt::format("qdisc_{}", hook.attach_to);
}

Result<void> replace_filter(const Hook& hook, int program) {
    const bpf_tc_hook at = tc_hook(hook);
    bpf_tc_opts options = place();
    options.prog_fd = program;
    options.flags = BPF_TC_F_REPLACE;
    if (const int error = bpf_tc_attach(&at, &options); error != 0)
        return fail_errno(fmt::format("attach a tc filter to interface {}", hook.attach_to), -error);
    return {};
}

Result<void> attach_filter(const Hook& hook, int program, const std::string& directory) {
    bpf_tc_hook at = tc_hook(hook);
    const std::string made = directory + "/" + qdisc_record(hook);
    const int created = bpf_tc_hook_create(&at);
    if (created != 0 && created != -EEXIST)
        return fail_errno(fmt::format("add a clsact qdisc to interface {}", hook.attach_to), -created);
    if (created == 0)
        if (auto recorded = pin_for_root(program, made); !recorded) return recorded;
    if (auto recorded = pin_for_root(program, directory + "/" + filter_record(hook)); !recorded) return recorded;
    return replace_filter(hook, program);
}

Result<void> remove_hook_pin(const std::string& directory, const HookPin& pin) {
    if (pin.kind == HookKind::kQdisc) {
        remove_qdisc_if_empty(pin.interface_index);
    } else if (pin.kind == HookKind::kClsact && is_attached(directory, pin).value_or(false)) {
        const bpf_tc_hook hook = tc_hook(pin.interface_index, pin.is_ingress ? BPF_TC_INGRESS : BPF_TC_EGRESS);
        bpf_tc_opts options = place();
        if (const int error = bpf_tc_detach(&hook, &options); error != 0)
            return fail_errno(fmt::format("detach the tc filter from interface {}", pin.interface_index), -error);
    }
    const std::string path = directory + "/" + pin.name;
    // The kernel lets a link go some time after its last pin; detached, its hook is quiet at once. No program minds.
    const UniqueFd link = open_in_a_few_tries([&] { return bpf_obj_get(path.c_str()); });
    if (link) (void)succeeds([&] { return bpf_link_detach(link.get()) == 0; });
    if (!succeeds([&] { return unlink(path.c_str()) == 0; }) && errno != ENOENT) return fail_errno("unpin " + path);
    return {};
}

}  // namespace zdr::loader
