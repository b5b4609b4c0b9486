#include "links.h"

#include <bpf/bpf.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "log.h"
#include "tc_filter.h"
#include "zdr/base/retry.h"

namespace zdr::loader {
namespace {

Result<bpf_link_info> link_info(const UniqueFd& link) {
    bpf_link_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0) return fail_errno("inspect a link");
    return info;
}

}  // namespace

Result<UniqueFd> attach_hook(const Programs& programs, const Hook& hook) {
    // In front of others there, of which one may end the chain; zdr's own never does.
    constexpr __u32 kBefore = 1U << 3;  // BPF_F_BEFORE, which is newer than this header
    bpf_link_create_opts options{};
    options.sz = sizeof options;
    options.flags = hook.is_tc() ? kBefore : 0;
    UniqueFd link(bpf_link_create(programs.program_fd(hook), hook.attach_to,
                                  static_cast<bpf_attach_type>(hook.attach_type), &options));
    if (!link && errno == EPERM)
        return fail(Errc::kFailed,
                    fmt::format("attach {}: not permitted, or another program there does not allow others beside it "
                                "(bpftool cgroup tree shows it)",
                                hook.pin));
    if (!link) return fail_errno(fmt::format("attach {}", hook.pin));
    return link;
}

Result<Attachments> Attachments::attach(const Programs& programs, const Hooks& hooks, const std::string& staging,
                                        const std::optional<std::string>& live) {
    Attachments out;
    for (const Hook& hook : hooks.list()) {
        // What began to listen before the hook that sees it, before the hook that needs it.
        if (hook.attach_type == BPF_SK_LOOKUP)
            if (auto registered = programs.register_listeners(); !registered)
                return tl::unexpected(std::move(registered.error()));
        if (auto attached = out.attach_one(programs, hook, staging, live); !attached)
            return tl::unexpected(std::move(attached.error()));
    }
    return out;
}

Attachments::~Attachments() {
    for (const Updated& one : updated_) {
        if (one.link)
            (void)succeeds([&] { return bpf_link_update(one.link.get(), one.old_program.get(), nullptr) == 0; });
        else
            (void)replace_filter(one.hook, one.old_program.get());
    }
}

Result<void> Attachments::attach_one(const Programs& programs, const Hook& hook, const std::string& staging,
                                     const std::optional<std::string>& live) {
    const int program = programs.program_fd(hook);
    if (live) {
        auto updated = update_link(hook, program, *live + "/" + hook.pin);
        if (updated && !*updated && hook.is_tc()) updated = update_filter(hook, program, *live, staging);
        if (!updated) return tl::unexpected(std::move(updated.error()));
        if (*updated) {
            log_step("updated " + hook.pin);
            return {};
        }
    }
    const auto link = attach_hook(programs, hook);
    if (!link && hook.is_tc() && link.error().code == std::errc::invalid_argument) {  // a kernel without tcx
        pins_.push_back(filter_record(hook));
        pins_.push_back(qdisc_record(hook));
        auto attached = attach_filter(hook, program, staging);
        if (attached) log_step("attached " + filter_record(hook));
        return attached;
    }
    if (!link) return tl::unexpected(link.error());
    if (auto pinned = pin_for_root(link->get(), staging + "/" + hook.pin); !pinned) return pinned;
    pins_.push_back(hook.pin);
    log_step("attached " + hook.pin);
    return {};
}

// Whether there is such a link and it is still where the hook is.
Result<bool> Attachments::update_link(const Hook& hook, int program, const std::string& path) {
    UniqueFd link(bpf_obj_get(path.c_str()));
    if (!link && errno == ENOENT) return false;
    if (!link) return fail_errno("open " + path);
    const auto info = link_info(link);
    if (!info) return tl::unexpected(info.error());
    if (attachment_of(*info, parse_hook_pin(hook.pin)->kind) != hook.attached_id) return false;
    UniqueFd old_program(bpf_prog_get_fd_by_id(info->prog_id));
    if (!old_program) return fail_errno(fmt::format("open the program of {}", hook.pin));
    if (bpf_link_update(link.get(), program, nullptr) != 0) return fail_errno(fmt::format("update {}", hook.pin));
    updated_.push_back({std::move(link), hook, std::move(old_program)});
    pins_.push_back(hook.pin);
    return true;
}

// Whether there is such a filter and it is still the recorded one. Its new record waits in staging.
Result<bool> Attachments::update_filter(const Hook& hook, int program, const std::string& live,
                                        const std::string& staging) {
    const auto pin = parse_hook_pin(filter_record(hook));
    if (!is_attached(live, *pin).value_or(false)) return false;
    const std::string path = live + "/" + pin->name;
    UniqueFd old_program(bpf_obj_get(path.c_str()));
    if (!old_program) return fail_errno("open " + path);
    if (auto pinned = pin_for_root(program, staging + "/" + pin->name); !pinned)
        return tl::unexpected(std::move(pinned.error()));
    // The record of the qdisc keeps a program in the kernel, too: the new one, once for both directions.
    const std::string qdisc = staging + "/" + qdisc_record(hook);
    const bool has_qdisc = access((live + "/" + qdisc_record(hook)).c_str(), F_OK) == 0;
    if (has_qdisc && access(qdisc.c_str(), F_OK) != 0)
        if (auto pinned = pin_for_root(program, qdisc); !pinned) return tl::unexpected(std::move(pinned.error()));
    if (auto replaced = replace_filter(hook, program); !replaced) return tl::unexpected(std::move(replaced.error()));
    updated_.push_back({UniqueFd(), hook, std::move(old_program)});
    pins_.push_back(filter_record(hook));
    pins_.push_back(qdisc_record(hook));
    return true;
}

Result<void> Attachments::commit(const std::string& staging, const std::string& live) {
    keep();
    for (const std::string& name : pins_) {
        const std::string from = fmt::format("{}/{}", staging, name);
        const std::string to = fmt::format("{}/{}", live, name);
        const UniqueFd former(bpf_obj_get(to.c_str()));
        if (succeeds([&] { return std::rename(from.c_str(), to.c_str()) == 0; })) {
            if (former) bpf_link_detach(former.get());  // now, not when the kernel lets go of it; no program minds
        } else if (errno != ENOENT) {
            return fail_errno("rename " + from);
        }
    }
    auto there = list_hook_pins(live);
    if (!there) return tl::unexpected(std::move(there.error()));
    for (const HookPin& pin : *there) {
        if (std::find(pins_.begin(), pins_.end(), pin.name) != pins_.end()) continue;
        if (auto removed = remove_hook_pin(live, pin); !removed) return removed;
    }
    return {};
}

}  // namespace zdr::loader
