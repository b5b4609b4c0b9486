#include "zdr/kernel/slot_records.h"

#include <algorithm>

namespace zdr {
namespace {

// Of many slots most have no record, and a look at which do is faster than to try each.
template <class Map>
Result<void> erase_slots(const Map& map, std::span<const std::uint32_t> slots) {
    constexpr std::size_t kMany = 256;
    if (slots.size() < kMany) {
        for (const std::uint32_t slot : slots)
            if (auto erased = map.erase(slot); !erased) return tl::unexpected(std::move(erased.error()));
        return {};
    }
    auto there = map.keys();
    if (!there) return tl::unexpected(std::move(there.error()));
    std::vector<bool> wanted(ZDR_MAX_SERVERS);
    for (const std::uint32_t slot : slots) wanted[slot] = true;
    std::erase_if(*there, [&](std::uint32_t slot) { return slot >= wanted.size() || !wanted[slot]; });
    return map.erase_all(*there);
}

}  // namespace

Result<SlotRecords> SlotRecords::open(const std::string& pins) {
    auto states = States::open(pins + "/" ZDR_MAP_STATES, Access::kWrite);
    if (!states) return tl::unexpected(std::move(states.error()));
    auto checks = ChecksMap::open(pins + "/" ZDR_MAP_CHECKS, Access::kWrite);
    if (!checks) return tl::unexpected(std::move(checks.error()));
    auto more_checks = MoreChecksMap::open(pins + "/" ZDR_MAP_MORE_CHECKS, Access::kWrite);
    if (!more_checks) return tl::unexpected(std::move(more_checks.error()));
    return SlotRecords(std::move(*states), std::move(*checks), std::move(*more_checks));
}

Result<void> SlotRecords::forget(std::span<const std::uint32_t> slots) const {
    if (auto erased = erase_slots(states_, slots); !erased) return erased;
    if (auto erased = erase_slots(checks_, slots); !erased) return erased;
    return erase_slots(more_checks_, slots);
}

}  // namespace zdr
