// Which slots new servers get. Pure; what they mean in the kernel is in kernel/server_replacement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zdr/base/error.h"

namespace zdr {

// The slot of a removed server, and whether that server is ready for good (no lease or drain that could end).
struct RemovedSlot {
    std::uint32_t slot;
    bool is_ready;
};

struct NewSlot {
    enum class From {
        kFree,        // nobody's
        kSameState,   // taken over from a removed server; both are ready, so the state record stays valid
        kOtherState,  // taken over from a removed server whose state differs: that one must be gone first
    };
    std::uint32_t slot;
    From from;
};

// A slot below ZDR_MAX_SERVERS for each new server; starts_ready says how each begins. Free slots first, the lowest
// before others; only where they do not suffice, those of removed servers. kept and removed are all slots that are
// taken, each once; the kept and the new servers together are at most kMaxServers.
std::vector<NewSlot> assign_slots(std::span<const std::uint32_t> kept, std::span<const RemovedSlot> removed,
                                  const std::vector<bool>& starts_ready);

}  // namespace zdr
