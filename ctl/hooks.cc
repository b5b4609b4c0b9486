#include "ctl/hooks.h"

#include <fmt/core.h>
#include <net/if.h>

#include <map>
#include <utility>

#include "zdr/hook_pins.h"

namespace zdr::ctl {
namespace {

std::string interface_name(int index) {
    char name[IF_NAMESIZE];
    const auto number = static_cast<unsigned>(index);
    return if_indextoname(number, name) != nullptr ? std::string(name) : fmt::format("interface {} (gone)", index);
}

// Several programs make one hook: it is gone when one is gone, and attached when all are.
std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
    if (a == false || b == false) return false;
    return a && b ? std::optional(true) : std::nullopt;
}

}  // namespace

Result<std::vector<HookStatus>> read_hooks(const std::string& pins, const std::string& cgroup) {
    const auto found = list_hook_pins(pins);
    if (!found) return tl::unexpected(found.error());
    std::map<std::pair<HookKind, int>, std::optional<bool>> groups;
    for (const HookPin& pin : *found) {
        if (pin.kind == HookKind::kQdisc) continue;
        const auto group = groups.try_emplace({pin.kind, pin.interface_index}, true).first;
        group->second = both(group->second, is_attached(pins, pin));
    }
    std::vector<HookStatus> out;
    for (const auto& [group, attached] : groups) {
        const auto [kind, index] = group;
        switch (kind) {
            case HookKind::kCgroup:
                out.push_back({"cgroup", cgroup, "", attached});
                break;
            case HookKind::kLookup:
                out.push_back({"sk_lookup", "netns", "", attached});
                break;
            case HookKind::kTcx:
                out.push_back({"tc", interface_name(index), "tcx", attached});
                break;
            default:
                out.push_back({"tc", interface_name(index), "clsact", attached});
                break;
        }
    }
    return out;
}

}  // namespace zdr::ctl
