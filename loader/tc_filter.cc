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
#include <cstring>
#include <optional>
#include <vector>

namespace zdr::loader {
namespace {

// zdr's own place among the filters of a qdisc.
constexpr __u32 kHandle = 0x7a6472;
constexpr __u32 kPriority = 0x7a64;

constexpr std::string_view kIn = "clsact_in_";
constexpr std::string_view kOut = "clsact_out_";
constexpr std::string_view kQdisc = "qdisc_";

bpf_tc_hook tc_hook(int index, bpf_tc_attach_point point) {
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = index;
    hook.attach_point = point;
    return hook;
}

bpf_tc_hook tc_hook(const Hook& hook) {
    return tc_hook(hook.target, hook.attach_type == kTcxIngress ? BPF_TC_INGRESS : BPF_TC_EGRESS);
}

bpf_tc_opts place() {
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.handle = kHandle;
    options.priority = kPriority;
    return options;
}

// The id of the program that is at zdr's place of a hook; 0: none.
__u32 program_at(const bpf_tc_hook& hook) {
    bpf_tc_opts options = place();
    return bpf_tc_query(&hook, &options) == 0 ? options.prog_id : 0;
}

__u32 program_of_pin(const std::string& path) {
    const UniqueFd program(bpf_obj_get(path.c_str()));
    bpf_prog_info info{};
    __u32 size = sizeof info;
    return program && bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0 ? info.id : 0;
}

struct Record {
    int index;
    bpf_tc_attach_point point;
    bool is_qdisc;
};

std::optional<Record> parse_record(std::string_view name) {
    for (const auto& [prefix, point] :
         {std::pair{kIn, BPF_TC_INGRESS}, {kOut, BPF_TC_EGRESS}, {kQdisc, BPF_TC_INGRESS}}) {
        if (!name.starts_with(prefix)) continue;
        Record out{0, point, prefix == kQdisc};
        const std::string_view digits = name.substr(prefix.size());
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), out.index);
        if (parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size()) return out;
    }
    return std::nullopt;
}

// Whether any filter is on one side of an interface's clsact qdisc; when in doubt, yes (rtnetlink(7), RTM_GETTFILTER).
bool has_filters(int index, __u32 parent) {
    struct {
        nlmsghdr header;
        tcmsg message;
    } request{};
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETTFILTER;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.message.tcm_family = AF_UNSPEC;
    request.message.tcm_ifindex = index;
    request.message.tcm_parent = parent;
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!socket || send(socket.get(), &request, sizeof request, 0) != sizeof request) return true;

    std::vector<char> answer(64 * 1024);
    const ssize_t got = recv(socket.get(), answer.data(), answer.size(), 0);
    if (got < static_cast<ssize_t>(sizeof(nlmsghdr))) return true;
    nlmsghdr first{};
    std::memcpy(&first, answer.data(), sizeof first);
    return first.nlmsg_type != NLMSG_DONE;
}

void remove_qdisc_if_empty(int index) {
    constexpr __u32 kIngressParent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS);
    constexpr __u32 kEgressParent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
    if (has_filters(index, kIngressParent) || has_filters(index, kEgressParent)) return;
    bpf_tc_hook hook = tc_hook(index, static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS));
    bpf_tc_hook_destroy(&hook);
}

Result<void> record(int program, const std::string& path) {
    if (bpf_obj_pin(program, path.c_str()) != 0) return fail_errno("pin " + path);
    if (chmod(path.c_str(), 0400) != 0) return fail_errno("set mode of " + path);
    return {};
}

}  // namespace

std::string filter_record(const Hook& hook) {
    return fmt::format("{}{}", hook.attach_type == kTcxIngress ? kIn : kOut, hook.target);
}

bool is_filter_record(const std::string& name) {
    return parse_record(name).has_value();
}

Result<void> replace_filter(const Hook& hook, int program) {
    const bpf_tc_hook at = tc_hook(hook);
    bpf_tc_opts options = place();
    options.prog_fd = program;
    options.flags = BPF_TC_F_REPLACE;
    if (const int error = bpf_tc_attach(&at, &options); error != 0)
        return fail_errno(fmt::format("attach a tc filter to interface {}", hook.target), -error);
    return {};
}

Result<void> attach_filter(const Hook& hook, int program, const std::string& directory) {
    bpf_tc_hook at = tc_hook(hook);
    const std::string made = fmt::format("{}/{}{}", directory, kQdisc, hook.target);
    const int created = bpf_tc_hook_create(&at);
    if (created != 0 && created != -EEXIST)
        return fail_errno(fmt::format("add a clsact qdisc to interface {}", hook.target), -created);
    if (created == 0)
        if (auto recorded = record(program, made); !recorded) return recorded;
    if (auto recorded = record(program, directory + "/" + filter_record(hook)); !recorded) return recorded;
    return replace_filter(hook, program);
}

Result<void> remove_filter(const std::string& record_path) {
    const auto record = parse_record(record_path.substr(record_path.rfind('/') + 1));
    if (record && record->is_qdisc) {
        remove_qdisc_if_empty(record->index);
    } else if (is_filter_attached(record_path)) {
        const bpf_tc_hook hook = tc_hook(record->index, record->point);
        bpf_tc_opts options = place();
        if (const int error = bpf_tc_detach(&hook, &options); error != 0)
            return fail_errno(fmt::format("detach the tc filter from interface {}", record->index), -error);
    }
    if (unlink(record_path.c_str()) != 0) return fail_errno("unpin " + record_path);
    return {};
}

bool is_filter_attached(const std::string& record_path) {
    const auto record = parse_record(record_path.substr(record_path.rfind('/') + 1));
    if (!record || record->is_qdisc) return false;
    const __u32 attached = program_at(tc_hook(record->index, record->point));
    return attached != 0 && attached == program_of_pin(record_path);
}

}  // namespace zdr::loader
