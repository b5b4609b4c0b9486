// What the kernel keeps of servers to be written: by name what they are, and by slot the last flip of the server that
// has it, its checks, and its settings.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/flip_records.h"
#include "zdr/kernel/server_record.h"
#include "zdr/kernel/server_table.h"
#include "zdr_abi.h"

namespace zdr {

class SlotRecords {
  public:
    // Opens the pins in a directory, and of the states those of a side (zdr_meta.side), to write; for root. Errors: of
    // open().
    static Result<SlotRecords> open(const std::string& pins, std::uint32_t side);

    const FlipRecords& flips() const { return flips_; }
    // What a server has beside what all have, before anything reads it.
    Result<void> set_extras(const ServerEntry& entry) const;
    // As if no server had ever had them.
    Result<void> forget(std::span<const std::uint32_t> slots) const;

  private:
    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using OverflowMap = BpfMap<__u32, zdr_overflow_checks>;
    using SettingsMap = BpfMap<zdr_slot_key, zdr_settings>;
    using WaysMap = BpfMap<zdr_slot_key, zdr_ways>;

    SlotRecords(FlipRecords flips, ChecksMap checks, OverflowMap overflow, SettingsMap settings, WaysMap ways)
        : flips_(std::move(flips)),
          checks_(std::move(checks)),
          overflow_(std::move(overflow)),
          settings_(std::move(settings)),
          ways_(std::move(ways)) {}

    FlipRecords flips_;
    ChecksMap checks_;
    OverflowMap overflow_;
    SettingsMap settings_;
    WaysMap ways_;
};

class ServerRecords {
  public:
    // Opens the pin in a directory to write; for root. Errors: of open().
    static Result<ServerRecords> open(const std::string& pins);

    // Their settings first, before anything reads them. When one fails, some are written.
    Result<void> set(std::span<const ServerEntry* const> entries, const SlotRecords& slots) const;
    Result<void> erase(std::span<const ServerEntry* const> entries) const;

  private:
    using Map = BpfMap<zdr_server_key, zdr_server>;

    explicit ServerRecords(Map map) : map_(std::move(map)) {}

    Map map_;
};

// Notes that the servers pinned there are about to be changed, or are not any more (zdr_meta.is_changing). For root.
// Errors: of the map.
Result<void> write_is_changing(const std::string& pins, bool is_changing);

}  // namespace zdr
