#include "zdr/model/slots.h"

#include "zdr_abi.h"

namespace zdr {

std::vector<NewSlot> assign_slots(std::span<const std::uint32_t> kept, std::span<const RemovedSlot> removed,
                                  const std::vector<bool>& starts_ready) {
    std::vector<bool> taken(ZDR_MAX_SERVERS);
    const auto take = [&](std::uint32_t slot) {
        if (slot < taken.size()) taken[slot] = true;
    };
    for (const std::uint32_t slot : kept) take(slot);
    for (const RemovedSlot& one : removed) take(one.slot);

    std::vector<std::uint32_t> ready;
    std::vector<std::uint32_t> others;
    for (const RemovedSlot& one : removed) (one.is_ready ? ready : others).push_back(one.slot);
    // Each kind of server takes from its own kind first, and from the other when that is used up.
    const auto take_over = [&](bool is_ready) {
        auto& own = is_ready ? ready : others;
        auto& source = own.empty() ? (is_ready ? others : ready) : own;
        const bool is_same = is_ready && &source == &ready;
        const std::uint32_t slot = source.back();
        source.pop_back();
        return NewSlot{slot, is_same ? NewSlot::From::kSameState : NewSlot::From::kOtherState};
    };

    std::vector<NewSlot> out;
    out.reserve(starts_ready.size());
    std::uint32_t next = 0;
    for (const bool is_ready : starts_ready) {
        while (next < taken.size() && taken[next]) ++next;
        if (next < taken.size())
            out.push_back({next++, NewSlot::From::kFree});
        else
            out.push_back(take_over(is_ready));
    }
    return out;
}

}  // namespace zdr
