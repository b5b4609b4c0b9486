#include "maps/carried_states.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "log.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/flip_records.h"
#include "zdr/kernel/server_record.h"
#include "zdr/kernel/server_table.h"

namespace zdr::loader {
namespace {

// Before ABI 3: one record for all, in a hash by slot.
struct OldState {
    __u32 state;
    __u32 uid;
    __u64 expires_boot_ns;
    __u64 since_boot_ns;
    __u64 since_unix_ns;
    __u32 holder_pid;
    __u32 holder_pid_ns;
    __u64 holder_birth;
    char by[ZDR_BY_SIZE];
    char reason[ZDR_REASON_SIZE];
};
static_assert(sizeof(OldState) == 192);
constexpr PinnedMap<__u32, OldState> kOldStatesMap{"zdr_states", 0660};

// Of ABI 3: what decides in an array for each side, and beside it the flips as they are now.
struct SideState {
    bpf_spin_lock lock;
    __u16 state;
    __u16 flip;
    __u64 expires_boot_ns;
};
static_assert(sizeof(SideState) == 16);
constexpr PinnedMap<__u32, SideState> kOldSides[] = {{"zdr_states_a", 0660}, {"zdr_states_b", 0660}};
constexpr __u32 kOfTwoSides = 3;

std::uint64_t milliseconds_of(__u64 expires_boot_ns) {
    return record_time(expires_boot_ns == 0 ? std::nullopt
                                            : std::optional(std::chrono::nanoseconds(std::min<__u64>(
                                                  expires_boot_ns, std::numeric_limits<std::int64_t>::max()))));
}

zdr_state to_state(__u32 state, __u16 flip, __u64 expires_boot_ns) {
    zdr_state out{};
    out.state = static_cast<__u8>(std::min<__u32>(state, UINT8_MAX));
    out.flip = flip;
    out.expires_boot_ms = milliseconds_of(expires_boot_ns) & kTimeBits;
    return out;
}

Flip from_old(const OldState& old) {
    constexpr __u16 kNumber = 1;
    zdr_flip flip{};
    flip.flip = kNumber;
    flip.since_boot_ns = old.since_boot_ns;
    flip.since_unix_ns = old.since_unix_ns;
    flip.holder_birth = old.holder_birth;
    flip.holder_pid = old.holder_pid;
    flip.holder_pid_ns = old.holder_pid_ns;
    flip.uid = old.uid;
    std::memcpy(flip.by, old.by, sizeof old.by);
    std::memcpy(flip.reason, old.reason, sizeof old.reason);
    return from_records(to_state(old.state, kNumber, old.expires_boot_ns), flip);
}

// The flips of what is to be carried over, by slot.
using FlipOf = std::function<Result<Flip>(std::uint32_t slot)>;

Result<FlipOf> before_sides(const OldMaps& old) {
    auto opened = BpfMap<__u32, OldState>::open(old.directory, kOldStatesMap, Access::kRead);
    if (!opened) return fail(Errc::kFailed, std::move(opened.error().text));
    const auto states = std::make_shared<BpfMap<__u32, OldState>>(std::move(*opened));
    return [states](std::uint32_t slot) -> Result<Flip> {
        auto found = states->find(slot);
        if (!found) return tl::unexpected(std::move(found.error()));
        return *found ? from_old(**found) : Flip{};
    };
}

Result<FlipOf> of_sides(const OldMaps& old) {
    auto opened = BpfMap<__u32, SideState>::open(old.directory, kOldSides[old.side == ZDR_SIDE_B], Access::kRead);
    if (!opened) return fail(Errc::kFailed, std::move(opened.error().text));
    auto flips = FlipRecords::Flips::open(old.directory, side_maps(old.side).flips, Access::kRead);
    if (!flips) return fail(Errc::kFailed, std::move(flips.error().text));
    const auto states = std::make_shared<BpfMap<__u32, SideState>>(std::move(*opened));
    const auto records = std::make_shared<FlipRecords::Flips>(std::move(*flips));
    return [states, records](std::uint32_t slot) -> Result<Flip> {
        auto state = states->find(slot);
        if (!state) return tl::unexpected(std::move(state.error()));
        if (!*state) return Flip{};
        auto record = records->find(slot_key(slot));
        if (!record) return tl::unexpected(std::move(record.error()));
        return from_records(to_state((*state)->state, (*state)->flip, (*state)->expires_boot_ns), *record);
    };
}

Result<FlipOf> flips_of(const OldMaps& old, const ServerTable& table) {
    if (old.abi < kOfTwoSides) return before_sides(old);
    if (!old.is_of_this_abi()) return of_sides(old);
    return [&table](std::uint32_t slot) { return table.flip_of(slot); };
}

}  // namespace

Result<void> carry_states(const OldMaps& old, const std::string& to) {
    const auto table = ServerTable::open(old.directory, Access::kRead, Abi::kThisOrCarried);
    if (!table) return tl::unexpected(table.error());
    const auto servers = table->list();
    if (!servers) return tl::unexpected(servers.error());
    const auto flip_of = flips_of(old, *table);
    if (!flip_of) return tl::unexpected(flip_of.error());
    std::vector<std::uint32_t> slots;
    std::vector<Flip> flips;
    for (const ServerEntry& entry : *servers) {
        auto flip = (*flip_of)(entry.slot);
        if (!flip) return tl::unexpected(std::move(flip.error()).with(entry.server.name));
        slots.push_back(entry.slot);
        flips.push_back(std::move(*flip));
    }
    const auto records = FlipRecords::open(to, old.new_side(), Access::kWrite);
    if (!records) return tl::unexpected(records.error());
    auto written = records->begin(slots, flips);
    if (written) log_step(fmt::format("carried the states of {} servers over", slots.size()));
    return written;
}

Result<void> remove_old_states(const std::string& directory) {
    for (const char* name : {kOldStatesMap.name, kOldSides[0].name, kOldSides[1].name}) {
        const std::string path = fmt::format("{}/{}", directory, name);
        if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("unpin " + path);
    }
    return {};
}

}  // namespace zdr::loader
