// What the kernel keeps by slot: the last flip of the server that has it, and its checks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/kernel/bpf_map.h"
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
    // As if no server had ever had them.
    Result<void> forget(std::span<const std::uint32_t> slots) const;

  private:
    using States = BpfMap<__u32, zdr_state>;
    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using OverflowMap = BpfMap<__u32, zdr_overflow_checks>;

    SlotRecords(States states, ChecksMap checks, OverflowMap overflow)
        : states_(std::move(states)), checks_(std::move(checks)), overflow_(std::move(overflow)) {}

    States states_;
    ChecksMap checks_;
    OverflowMap overflow_;
};

}  // namespace zdr
