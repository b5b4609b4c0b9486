#include "zdr/kernel/slot_records.h"

#include <algorithm>

#include "zdr/model/server_settings.h"

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

Result<SlotRecords> SlotRecords::open(const std::string& pins, std::uint32_t side) {
    auto flips = FlipRecords::open(pins, side, Access::kWrite);
    if (!flips) return tl::unexpected(std::move(flips.error()));
    auto checks = ChecksMap::open(pins, kChecksMap, Access::kWrite);
    if (!checks) return tl::unexpected(std::move(checks.error()));
    auto overflow = OverflowMap::open(pins, kOverflowMap, Access::kWrite);
    if (!overflow) return tl::unexpected(std::move(overflow.error()));
    auto settings = SettingsMap::open(pins, kSettingsMap, Access::kWrite);
    if (!settings) return tl::unexpected(std::move(settings.error()));
    auto ways = WaysMap::open(pins, kWaysMap, Access::kWrite);
    if (!ways) return tl::unexpected(std::move(ways.error()));
    return SlotRecords(std::move(*flips), std::move(*checks), std::move(*overflow), std::move(*settings),
                       std::move(*ways));
}

Result<void> SlotRecords::set_extras(const ServerEntry& entry) const {
    const zdr_slot_key key = slot_key(entry.slot);
    if (has_ways(entry.server))
        if (auto set = ways_.set(key, to_ways_record(entry.server)); !set) return set;
    if (extra_settings_text(entry.server).empty()) return {};
    return settings_.set(key, to_settings_record(entry.server));
}

Result<void> SlotRecords::forget(std::span<const std::uint32_t> slots) const {
    const std::vector<Flip> never(slots.size());
    if (auto set = flips_.begin(slots, never); !set) return set;
    const auto slot_of = [](const zdr_slot_key& key) { return key.slot; };
    (void)erase_slots(flips_.flips(), slots, slot_key,
                      slot_of);  // what is left there, if it was frozen, decides nothing
    if (auto erased = erase_slots(checks_, slots); !erased) return erased;
    if (auto erased = erase_slots(overflow_, slots); !erased) return erased;
    if (auto erased = erase_slots(ways_, slots, slot_key, slot_of); !erased) return erased;
    return erase_slots(settings_, slots, slot_key, slot_of);
}

Result<ServerRecords> ServerRecords::open(const std::string& pins) {
    auto map = Map::open(pins, kServersMap, Access::kWrite);
    if (!map) return tl::unexpected(std::move(map.error()));
    return ServerRecords(std::move(*map));
}

Result<void> ServerRecords::set(std::span<const ServerEntry* const> entries, const SlotRecords& slots) const {
    std::vector<zdr_server_key> keys;
    std::vector<zdr_server> records;
    for (const ServerEntry* entry : entries) {
        keys.push_back(to_key(entry->server.name));
        records.push_back(to_record(*entry));
        if (auto set = slots.set_extras(*entry); !set) return set;
    }
    return map_.set_all(keys, records);
}

Result<void> ServerRecords::erase(std::span<const ServerEntry* const> entries) const {
    std::vector<zdr_server_key> keys;
    keys.reserve(entries.size());
    for (const ServerEntry* entry : entries) keys.push_back(to_key(entry->server.name));
    return map_.erase_all(keys);
}

Result<void> write_is_changing(const std::string& pins, bool is_changing) {
    const auto map = BpfMap<__u32, zdr_meta>::open(pins, kMetaMap, Access::kWrite);
    if (!map) return tl::unexpected(map.error());
    const auto record = map->find(0);
    if (!record) return tl::unexpected(record.error());
    zdr_meta meta = record->value_or(zdr_meta{});
    meta.is_changing = is_changing;
    return map->set(0, meta);
}

}  // namespace zdr
