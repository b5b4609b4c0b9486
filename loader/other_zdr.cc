#include "other_zdr.h"

#include <bpf/bpf.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "state_mount.h"
#include "zdr/base/text.h"
#include "zdr/base/unique_fd.h"

namespace zdr::loader {
namespace {

using Ids = std::vector<__u32>;

Ids attached_programs(const Hook& hook) {
    std::array<__u32, 64> ids{};
    auto count = static_cast<__u32>(ids.size());
    const auto type = static_cast<bpf_attach_type>(hook.attach_type);
    if (bpf_prog_query(hook.attach_to, type, 0, nullptr, ids.data(), &count) != 0) return {};
    return {ids.begin(), ids.begin() + count};
}

// As the kernel keeps it.
std::string short_name(std::string_view name) {
    return std::string(name.substr(0, BPF_OBJ_NAME_LEN - 1));
}

std::string name_of_program(__u32 id) {
    const UniqueFd fd(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0 ? info.name : "";
}

__u32 program_of_link(const std::string& pin) {
    const UniqueFd fd(bpf_obj_get(pin.c_str()));
    bpf_link_info info{};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(fd.get(), &info, &size) == 0 ? info.prog_id : 0;
}

// As often as they are mounted.
std::vector<std::string> state_directories() {
    std::vector<std::string> out;
    if (const auto mounts = read_mounts())
        for (const Mount& one : *mounts)
            if (one.is_of_zdr) out.push_back(one.at);
    return out;
}

std::string remedy(const std::string& state_dir) {
    auto others = state_directories();
    if (std::count(others.begin(), others.end(), state_dir) > 1)
        return fmt::format("its state directory is covered by another mount: umount {}, and load again", state_dir);
    std::erase(others, state_dir);
    if (others.empty()) return "its state directory cannot be seen from here; unload it where it can";
    return fmt::format("run zdr-loader unload --state-dir {} first", printable(others.front()));
}

struct Other {
    const Hook* hook;
    __u32 program;
};

std::optional<Other> find_other(const Hooks& hooks, const std::string& live) {
    for (const Hook& hook : hooks.list()) {
        if (hook.is_tc()) continue;  // whoever has these has the others
        const __u32 own = program_of_link(live + "/" + hook.pin);
        for (const __u32 id : attached_programs(hook))
            if (id != own && name_of_program(id) == short_name(hook.program)) return Other{&hook, id};
    }
    return std::nullopt;
}

}  // namespace

// The kernel takes a moment to detach what has lost its last pin.
Result<void> check_no_other_zdr(const Hooks& hooks, const std::string& state_dir, const std::string& live) {
    constexpr std::chrono::milliseconds kPause(50);
    constexpr int kLooks = 40;
    auto other = find_other(hooks, live);
    for (int look = 1; other && look < kLooks; ++look) {
        std::this_thread::sleep_for(kPause);
        other = find_other(hooks, live);
    }
    if (!other) return {};
    const auto where = other->hook->attach_type == BPF_SK_LOOKUP ? "this network namespace" : "this cgroup";
    return fail(Errc::kFailed, fmt::format("another zdr serves {} (program {} at hook {}); {}", where, other->program,
                                           other->hook->pin, remedy(state_dir)));
}

}  // namespace zdr::loader
