#include "zdr/kernel/slot_records.h"

#include <algorithm>

namespace zdr {
namespace {

// Of many slots most have no record, and a look at which do is faster than to try each.
template <class Map, class KeyOf, class SlotOf>
Result<void> erase_slots(const Map& map, std::span<const std::uint32_t> slots, KeyOf key_of, SlotOf slot_of) {
    constexpr std::size_t kMany = 256;
    if (slots.size() < kMany) {
        for (const std::uint32_t slot : slots)
            if (auto erased = map.erase(key_of(slot)); !erased) return tl::unexpected(std::move(erased.error()));
        return {};
    }
    auto there = map.keys();
    if (!there) return tl::unexpected(std::move(there.error()));
    std::vector<bool> wanted(ZDR_MAX_SERVERS);
    for (const std::uint32_t slot : slots) wanted[slot] = true;
    std::erase_if(*there, [&](const auto& key) { return slot_of(key) >= wanted.size() || !wanted[slot_of(key)]; });
    return map.erase_all(*there);
}

template <class Map>
Result<void> erase_slots(const Map& map, std::span<const std::uint32_t> slots) {
    const auto same = [](std::uint32_t slot) { return slot; };
    return erase_slots(map, slots, same, same);
}

}  // namespace

Result<SlotRecords> SlotRecords::open(const std::string& pins) {
    auto states = States::open(pins, kStatesMap, Access::kWrite);
    if (!states) return tl::unexpected(std::move(states.error()));
    auto checks = ChecksMap::open(pins, kChecksMap, Access::kWrite);
    if (!checks) return tl::unexpected(std::move(checks.error()));
    auto overflow = OverflowMap::open(pins, kOverflowMap, Access::kWrite);
    if (!overflow) return tl::unexpected(std::move(overflow.error()));
    auto settings = SettingsMap::open(pins, kSettingsMap, Access::kWrite);
    if (!settings) return tl::unexpected(std::move(settings.error()));
    return SlotRecords(std::move(*states), std::move(*checks), std::move(*overflow), std::move(*settings));
}

Result<void> SlotRecords::forget(std::span<const std::uint32_t> slots) const {
    if (auto erased = erase_slots(states_, slots); !erased) return erased;
    if (auto erased = erase_slots(checks_, slots); !erased) return erased;
    if (auto erased = erase_slots(overflow_, slots); !erased) return erased;
    return erase_slots(settings_, slots, settings_key, [](const zdr_settings_key& key) { return key.slot; });
}

}  // namespace zdr
