#include "ctl/status/attached_hooks.h"

#include <fmt/core.h>
#include <net/if.h>

#include <algorithm>
#include <map>
#include <utility>

#include "zdr/kernel/hook_pins.h"
#include "zdr/net/network_namespace.h"

namespace zdr::ctl {
namespace {

// As this network namespace has it; none: it has no such interface.
std::optional<std::string> interface_name(int index) {
    char name[IF_NAMESIZE];
    if (if_indextoname(static_cast<unsigned>(index), name) == nullptr) return std::nullopt;
    return name;
}

// Several programs make one hook: it is gone when one is gone, and attached when all are.
std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
    if (a == false || b == false) return false;
    return a && b ? std::optional(true) : std::nullopt;
}

}  // namespace

Result<std::vector<HookStatus>> read_hooks(const std::string& pins, const std::string& cgroup,
                                           std::uint64_t served_netns) {
    const auto netns = netns_cookie();
    const bool is_here = netns && *netns == served_netns;
    auto found = list_hook_pins(pins);
    if (!found) return tl::unexpected(found.error());
    for (const char* name : kHooksOfEveryLoad)
        if (std::none_of(found->begin(), found->end(), [&](const HookPin& pin) { return pin.name == name; }))
            found->push_back(*parse_hook_pin(name));  // somebody has removed it
    std::map<std::pair<HookKind, int>, std::optional<bool>> groups;
    for (const HookPin& pin : *found) {
        if (pin.kind == HookKind::kQdisc) continue;
        const auto group = groups.try_emplace({pin.kind, pin.interface_index}, true).first;
        const bool can_tell = is_here || pin.kind != HookKind::kClsact;
        group->second = both(group->second, can_tell ? is_attached(pins, pin) : std::nullopt);
    }
    std::vector<HookStatus> out;
    for (const auto& [group, attached] : groups) {
        const auto [kind, index] = group;
        if (kind == HookKind::kCgroup) {
            out.push_back({"cgroup", cgroup, "", attached});
        } else if (kind == HookKind::kLookup) {
            out.push_back({"sk_lookup", "netns", "", attached});
        } else {
            const auto name = is_here ? interface_name(index) : fmt::format("interface {}", index);
            if (name) out.push_back({"tc", *name, kind == HookKind::kTcx ? "tcx" : "clsact", attached});
        }
    }
    return out;
}

}  // namespace zdr::ctl
