#include "neighbour.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "neighbour_bpf.skel.h"

namespace zdr::test {

void Neighbour::Destroy::operator()(neighbour_bpf* skeleton) const {
    neighbour_bpf::destroy(skeleton);
}

Neighbour::Neighbour(const std::string& cgroup, How how)
    : skeleton_(neighbour_bpf::open_and_load()), cgroup_(open(cgroup.c_str(), O_RDONLY | O_CLOEXEC)) {
    const unsigned flags = how == How::kBesideOthers ? BPF_F_ALLOW_MULTI : 0;
    if (!skeleton_ || bpf_prog_attach(bpf_program__fd(skeleton_->progs.other_connect4), cgroup_,
                                      BPF_CGROUP_INET4_CONNECT, flags) != 0)
        throw std::system_error(errno, std::generic_category(), "attach the neighbour");
}

Neighbour::~Neighbour() {
    bpf_prog_detach2(bpf_program__fd(skeleton_->progs.other_connect4), cgroup_, BPF_CGROUP_INET4_CONNECT);
    close(cgroup_);
}

std::uint64_t Neighbour::connects() const {
    return skeleton_->bss->connects;
}
std::uint64_t Neighbour::last_port() const {
    return skeleton_->bss->last_port;
}

}  // namespace zdr::test
