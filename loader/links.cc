#include "links.h"

#include <bpf/bpf.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include "cgroup.h"

namespace zdr::loader {
namespace {

Result<UniqueFd> open_link(const std::string& path) {
    UniqueFd fd(bpf_obj_get(path.c_str()));
    if (!fd) return fail_errno("open " + path);
    return fd;
}

Result<bpf_link_info> link_info(const UniqueFd& link) {
    bpf_link_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0) return fail_errno("inspect a link");
    return info;
}

}  // namespace

Result<UniqueFd> attach_hook(const Programs& programs, const CgroupHook& hook, const UniqueFd& cgroup) {
    UniqueFd link(bpf_link_create(programs.program_fd(hook), cgroup.get(),
                                  static_cast<bpf_attach_type>(hook.attach_type), nullptr));
    if (!link && errno == EPERM)
        return fail(Errc::kFailed,
                    fmt::format("attach {}: not permitted, or another program there does not allow others "
                                "beside it (bpftool cgroup tree shows it)",
                                hook.name));
    if (!link) return fail_errno(fmt::format("attach {}", hook.name));
    return link;
}

Result<NewLinks> NewLinks::attach(const Programs& programs, const UniqueFd& cgroup) {
    NewLinks out;
    for (const CgroupHook& hook : kCgroupHooks) {
        auto link = attach_hook(programs, hook, cgroup);
        if (!link) return tl::unexpected(std::move(link.error()));
        out.links_.push_back(std::move(*link));
    }
    return out;
}

Result<void> NewLinks::pin(const std::string& directory) const {
    for (std::size_t i = 0; i < links_.size(); ++i) {
        const std::string path = directory + "/" + kCgroupHooks[i].name;
        if (bpf_obj_pin(links_[i].get(), path.c_str()) != 0) return fail_errno("pin " + path);
        if (chmod(path.c_str(), 0400) != 0) return fail_errno("set mode of " + path);
    }
    return {};
}

Result<LinkUpdate> LinkUpdate::update(const Programs& programs, const std::string& directory) {
    LinkUpdate out;
    for (const CgroupHook& hook : kCgroupHooks) {
        auto link = open_link(directory + "/" + hook.name);
        if (!link) return tl::unexpected(std::move(link.error()));
        auto info = link_info(*link);
        if (!info) return tl::unexpected(std::move(info.error()));
        UniqueFd old_program(bpf_prog_get_fd_by_id(info->prog_id));
        if (!old_program) return fail_errno(fmt::format("open the program of {}", hook.name));
        if (bpf_link_update(link->get(), programs.program_fd(hook), nullptr) != 0)
            return fail_errno(fmt::format("update {}", hook.name));
        out.replaced_.push_back({std::move(*link), std::move(old_program)});
    }
    return out;
}

LinkUpdate::~LinkUpdate() {
    for (const Replaced& one : replaced_) bpf_link_update(one.link.get(), one.program.get(), nullptr);
}

bool are_attached_to(const std::string& directory, const UniqueFd& cgroup) {
    const auto id = cgroup_id(cgroup);
    for (const CgroupHook& hook : kCgroupHooks) {
        const auto link = open_link(directory + "/" + hook.name);
        const auto info = link ? link_info(*link) : tl::unexpected(link.error());
        if (!id || !info || info->cgroup.cgroup_id != *id) return false;
    }
    return true;
}

}  // namespace zdr::loader
