// Which slots new servers get. Pure; what they mean in the kernel is in kernel/server_replacement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

// A slot of a server that goes, and whether that server is ready for good (no lease or drain that could end).
struct GoingSlot {
    std::uint32_t slot;
    bool is_ready;
};

struct NewSlot {
    enum class From {
        kFree,   // nobody's
        kSame,   // of a server that goes; both are ready, so what the slot says need not change
        kOther,  // of a server that goes, and says something else: that one must be gone first
    };
    std::uint32_t slot;
    From from;
};

// A slot below ZDR_MAX_SERVERS for each new server; starts_ready says how each begins. Free slots first, the lowest
// before others; only where they do not suffice, those of servers that go. staying and going are all slots that are
// taken, each once; together with the new servers those that stay are at most ZDR_MAX_SERVERS.
std::vector<NewSlot> assign_slots(std::span<const std::uint32_t> staying, std::span<const GoingSlot> going,
                                  const std::vector<bool>& starts_ready);

}  // namespace zdr
