// What the kernel keeps by slot: the last flip of the server that has it, its checks, and its settings.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/server_record.h"
#include "zdr_abi.h"

namespace zdr {

class SlotRecords {
  public:
    // Opens the pins in a directory, to write; for root. Errors: of open().
    static Result<SlotRecords> open(const std::string& pins);

    Result<std::optional<zdr_state>> state(std::uint32_t slot) const { return states_.find(slot); }
    Result<void> set_states(std::span<const std::uint32_t> slots, std::span<const zdr_state> records) const {
        return states_.set_all(slots, records);
    }
    // What servers have beside what all have, before anything reads it.
    Result<void> set_settings(std::uint32_t slot, const zdr_settings& record) const {
        return settings_.set(settings_key(slot), record);
    }
    // As if no server had ever had them.
    Result<void> forget(std::span<const std::uint32_t> slots) const;

  private:
    using States = BpfMap<__u32, zdr_state>;
    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using OverflowMap = BpfMap<__u32, zdr_overflow_checks>;
    using SettingsMap = BpfMap<zdr_settings_key, zdr_settings>;

    SlotRecords(States states, ChecksMap checks, OverflowMap overflow, SettingsMap settings)
        : states_(std::move(states)),
          checks_(std::move(checks)),
          overflow_(std::move(overflow)),
          settings_(std::move(settings)) {}

    States states_;
    ChecksMap checks_;
    OverflowMap overflow_;
    SettingsMap settings_;
};

}  // namespace zdr
