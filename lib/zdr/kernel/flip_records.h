// Flips as the kernel keeps them, by slot: what decides, and beside it who made them and why (zdr_state.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/model/flip.h"
#include "zdr_abi.h"

namespace zdr {

// A flip has a number, by which its two records know each other.
zdr_state to_state_record(const Flip& flip, std::uint16_t number);
zdr_flip to_flip_record(const Flip& flip, std::uint16_t number);
// Both can be written by anyone in the group: a state that nobody knows is ready, texts are printable, and what is told
// of another flip, or of none, is not told of this one: it was made sometime since the boot.
Flip from_records(const zdr_state& state, const std::optional<zdr_flip>& flip);

// The maps of one side (zdr_meta.side).
class FlipRecords {
  public:
    using Flips = BpfMap<zdr_slot_key, zdr_flip>;

    // Opens the pins in a directory. Errors: of open().
    static Result<FlipRecords> open(const std::string& pins, std::uint32_t side, Access access);

    Result<Flip> find(std::uint32_t slot) const;
    // First who makes the flip, since when and why, which decides nothing, and then what decides. Error of the latter;
    // returned is the one of the former, if there was one.
    Result<std::optional<Error>> write(std::uint32_t slot, const Flip& flip) const;
    // Of many slots that have none; when one fails, some of them are done. Who and why are kept where there is room, as
    // a member of the group may have filled or frozen the table.
    Result<void> begin(std::span<const std::uint32_t> slots, std::span<const Flip> flips) const;

    const Flips& flips() const { return flips_; }

  private:
    using States = BpfMap<__u32, zdr_state>;

    FlipRecords(States states, Flips flips) : states_(std::move(states)), flips_(std::move(flips)) {}

    States states_;
    Flips flips_;
};

}  // namespace zdr
