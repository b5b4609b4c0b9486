#include "zdr/kernel/hook_pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "zdr/base/unique_fd.h"
#include "zdr/net/tc_filter.h"
#include "zdr_abi.h"
#include "zdr_session.h"

namespace zdr {
namespace {

struct PinPrefix {
    std::string_view text;
    HookKind kind;
    bool is_ingress;
};
constexpr std::array<PinPrefix, 5> kPinPrefixes = {{
    {"tcx_in_", HookKind::kTcx, true},
    {"tcx_out_", HookKind::kTcx, false},
    {"clsact_in_", HookKind::kClsact, true},
    {"clsact_out_", HookKind::kClsact, false},
    {"qdisc_", HookKind::kQdisc, true},
}};

bool is_link_attached(const UniqueFd& link, HookKind kind) {
    bpf_link_info info{};
    __u32 size = sizeof info;
    return bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0 && attachment_of(info, kind) != 0;
}

// None where the filters cannot be listed.
std::optional<bool> is_filter_of(const UniqueFd& program, const HookPin& pin) {
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return false;
    const auto attached = program_of({pin.interface_index, pin.is_ingress, kFilterHandle, kFilterPriority});
    return attached ? std::optional(*attached == info.id) : std::nullopt;
}

}  // namespace

std::optional<HookPin> parse_hook_pin(std::string_view name) {
    if (name.starts_with("zdr_") || name == ZDR_PIN_SESSIONS || name == ZDR_PIN_REGISTER || name == ZDR_PIN_END_REFUSED)
        return std::nullopt;
    if (name == "lookup") return HookPin{HookKind::kLookup, std::string(name)};
    for (const PinPrefix& prefix : kPinPrefixes) {
        if (!name.starts_with(prefix.text)) continue;
        HookPin out{prefix.kind, std::string(name), prefix.is_ingress, 0};
        const std::string_view digits = name.substr(prefix.text.size());
        std::from_chars(digits.data(), digits.data() + digits.size(), out.interface_index);
        return out;
    }
    return HookPin{HookKind::kCgroup, std::string(name)};
}

Result<std::vector<HookPin>> list_hook_pins(const std::string& directory) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
    if (!stream) return fail_errno("open " + directory);
    std::vector<HookPin> out;
    while (const dirent* entry = readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (auto pin = parse_hook_pin(name)) out.push_back(std::move(*pin));
    }
    std::sort(out.begin(), out.end(), [](const HookPin& a, const HookPin& b) { return a.name < b.name; });
    return out;
}

std::uint64_t attachment_of(const bpf_link_info& link, HookKind kind) {
    switch (kind) {
        case HookKind::kCgroup:
            return link.cgroup.cgroup_id;
        case HookKind::kLookup:
            return link.netns.netns_ino;
        default:
            return link.xdp.ifindex;  // tcx is newer than this header; it begins as xdp does
    }
}

std::size_t count_lookups() {
    const UniqueFd netns(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    std::array<__u32, 16> ids;
    __u32 count = ids.size();
    return bpf_prog_query(netns.get(), BPF_SK_LOOKUP, 0, nullptr, ids.data(), &count) == 0 ? count : 0;
}

std::optional<bool> is_attached(const std::string& directory, const HookPin& pin) {
    const UniqueFd fd(bpf_obj_get((directory + "/" + pin.name).c_str()));
    if (!fd) return errno == EACCES || errno == EPERM ? std::nullopt : std::optional(false);
    if (pin.kind == HookKind::kQdisc) return true;
    if (pin.kind == HookKind::kClsact) return is_filter_of(fd, pin);
    return is_link_attached(fd, pin.kind);
}

}  // namespace zdr
