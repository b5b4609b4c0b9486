// The pins that stand for attachments: by their names, what is attached where; by what they pin, whether it still is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"

struct bpf_link_info;

namespace zdr {

enum class HookKind {
    kCgroup,  // sockops, connect4 ... bind6: links of a cgroup
    kLookup,  // lookup: a link of a network namespace
    kTcx,     // tcx_in_3, tcx_out_3: links of interface 3
    kClsact,  // clsact_in_3, clsact_out_3: the programs of filters of interface 3
    kQdisc,   // qdisc_3: says that zdr made the clsact qdisc of interface 3
};

struct HookPin {
    HookKind kind;
    std::string name;
    bool is_ingress = false;  // of an interface
    int interface_index = 0;  // 0: not of an interface
};

// The pins of hooks that every load has.
inline constexpr std::array<const char*, 8> kHooksOfEveryLoad = {"bind4",        "bind6",        "connect4", "connect6",
                                                                 "getpeername4", "getpeername6", "lookup",   "sockops"};

// None for the pin of a map or of an iterator.
std::optional<HookPin> parse_hook_pin(std::string_view name);

// All of a directory of pins, sorted by name. Errors: of opendir().
Result<std::vector<HookPin>> list_hook_pins(const std::string& directory);

// Whether what the pin stands for is in the kernel as zdr put it; false where somebody else removed or replaced it,
// none where the caller may not know (only root may open these pins).
std::optional<bool> is_attached(const std::string& directory, const HookPin& pin);

// What a link of this kind is attached to: the cgroup's id, the inode of the namespace, or the interface's index; 0
// where others have detached it.
std::uint64_t attachment_of(const bpf_link_info& link, HookKind kind);

// How many sk_lookup programs this network namespace has, zdr's and others'; 0 where only root may know.
std::size_t count_lookups();

// zdr's own place among the filters of a clsact qdisc.
inline constexpr unsigned kFilterHandle = 0x7a6472;
inline constexpr unsigned kFilterPriority = 0x7a64;

}  // namespace zdr
