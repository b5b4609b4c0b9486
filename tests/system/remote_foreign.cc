#include "remote_foreign.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>

#include <cerrno>
#include <system_error>

#include "remote_foreign_bpf.skel.h"

namespace zdr::test {
namespace {

void attach(const std::string& interface, bpf_tc_attach_point point, const bpf_program* program) {
    bpf_tc_hook hook{};
    hook.sz = sizeof hook;
    hook.ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
    hook.attach_point = point;
    bpf_tc_hook_create(&hook);  // there may be one
    bpf_tc_opts options{};
    options.sz = sizeof options;
    options.prog_fd = bpf_program__fd(program);
    options.priority = 10;
    if (const int error = bpf_tc_attach(&hook, &options); error != 0)
        throw std::system_error(-error, std::generic_category(), "attach another filter to " + interface);
}

}  // namespace

void RemoteForeign::Destroy::operator()(remote_foreign_bpf* skeleton) const {
    remote_foreign_bpf::destroy(skeleton);
}
void RemoteTagger::Destroy::operator()(remote_foreign_bpf* skeleton) const {
    remote_foreign_bpf::destroy(skeleton);
}

RemoteForeign::RemoteForeign(const std::string& interface) : skeleton_(remote_foreign_bpf::open_and_load()) {
    if (!skeleton_) throw std::system_error(errno, std::generic_category(), "load another filter");
    attach(interface, BPF_TC_INGRESS, skeleton_->progs.other_count);
}

std::uint64_t RemoteForeign::packets() const {
    return skeleton_->bss->packets;
}

std::uint64_t RemoteForeign::tagged() const {
    return skeleton_->bss->tagged_v4;
}

RemoteTagger::RemoteTagger(const std::string& interface, std::uint16_t tag)
    : skeleton_(remote_foreign_bpf::open_and_load()) {
    if (!skeleton_) throw std::system_error(errno, std::generic_category(), "load another filter");
    skeleton_->bss->vlan_tag = tag;
    attach(interface, BPF_TC_EGRESS, skeleton_->progs.other_tag);
}

}  // namespace zdr::test
