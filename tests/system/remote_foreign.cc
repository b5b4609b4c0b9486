#include "remote_foreign.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// BPF_LINK_CREATE for tcx, as linux/bpf.h has it since Linux 6.6.
struct TcxLink {
    std::uint32_t prog_fd;
    std::uint32_t target_ifindex;
    std::uint32_t attach_type;
    std::uint32_t flags;
    std::uint32_t relative_fd;
    std::uint32_t unused;
    std::uint64_t expected_revision;
};
constexpr std::uint32_t kTcxIngress = 46;
constexpr std::uint32_t kBefore = 1U << 3;
constexpr std::uint32_t kAfter = 1U << 4;

UniqueFd attach_tcx(const std::string& interface, std::uint32_t flags, const bpf_program* program) {
    TcxLink request{};
    request.prog_fd = static_cast<std::uint32_t>(bpf_program__fd(program));
    request.target_ifindex = if_nametoindex(interface.c_str());
    request.attach_type = kTcxIngress;
    request.flags = flags;
    UniqueFd link(static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request)));
    if (!link) throw std::system_error(errno, std::generic_category(), "attach another tcx program to " + interface);
    return link;
}

}  // namespace

void RemotePassing::Destroy::operator()(remote_foreign_bpf* skeleton) const {
    remote_foreign_bpf::destroy(skeleton);
}
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

RemotePassing::RemotePassing(const std::string& interface, Where where)
    : skeleton_(remote_foreign_bpf::open_and_load()) {
    if (!skeleton_) throw std::system_error(errno, std::generic_category(), "load another program");
    if (where == Where::kClsact)
        attach(interface, BPF_TC_INGRESS, skeleton_->progs.other_pass);
    else
        link_ = attach_tcx(interface, where == Where::kFirst ? kBefore : kAfter, skeleton_->progs.other_pass);
}

std::uint64_t RemotePassing::packets() const {
    return skeleton_->bss->packets;
}

RemoteTagger::RemoteTagger(const std::string& interface, std::uint16_t tag)
    : skeleton_(remote_foreign_bpf::open_and_load()) {
    if (!skeleton_) throw std::system_error(errno, std::generic_category(), "load another filter");
    skeleton_->bss->vlan_tag = tag;
    attach(interface, BPF_TC_EGRESS, skeleton_->progs.other_tag);
}

void RemoteLookup::Destroy::operator()(remote_foreign_bpf* skeleton) const {
    remote_foreign_bpf::destroy(skeleton);
}

RemoteLookup::RemoteLookup(int listener) : skeleton_(remote_foreign_bpf::open_and_load()) {
    if (!skeleton_) throw std::system_error(errno, std::generic_category(), "load another program");
    const std::uint32_t zero = 0;
    const auto socket = static_cast<std::uint64_t>(listener);
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.other_listener), &zero, &socket, BPF_ANY) != 0)
        throw std::system_error(errno, std::generic_category(), "give a listener to another program");
    const UniqueFd netns(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    link_.reset(bpf_link_create(bpf_program__fd(skeleton_->progs.other_lookup), netns.get(), BPF_SK_LOOKUP, nullptr));
    if (!link_) throw std::system_error(errno, std::generic_category(), "attach another look-up");
}

}  // namespace zdr::test
