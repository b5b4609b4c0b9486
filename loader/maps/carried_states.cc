#include "maps/carried_states.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "log.h"
#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/flip_records.h"
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

Flip from_old(const OldState& old) {
    constexpr __u16 kNumber = 1;
    zdr_state state{};
    state.state = static_cast<__u16>(std::min<__u32>(old.state, UINT16_MAX));
    state.flip = kNumber;
    state.expires_boot_ns = old.expires_boot_ns;
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
    return from_records(state, flip);
}

using OldStates = BpfMap<__u32, OldState>;

Result<Flip> find_old(const OldStates& states, std::uint32_t slot) {
    auto found = states.find(slot);
    if (!found) return tl::unexpected(std::move(found.error()));
    return *found ? from_old(**found) : Flip{};
}

}  // namespace

Result<void> carry_states(const OldMaps& old, const std::string& to) {
    const auto table = ServerTable::open(old.directory, Access::kRead, Abi::kThisOrCarried);
    if (!table) return tl::unexpected(table.error());
    const auto servers = table->list();
    if (!servers) return tl::unexpected(servers.error());
    std::optional<OldStates> old_states;  // none: they are the table's
    if (!old.is_of_this_abi()) {
        auto opened = OldStates::open(old.directory, kOldStatesMap, Access::kRead);
        if (!opened) return fail(Errc::kFailed, std::move(opened.error().text));
        old_states.emplace(std::move(*opened));
    }
    std::vector<std::uint32_t> slots;
    std::vector<Flip> flips;
    for (const ServerEntry& entry : *servers) {
        auto flip = old_states ? find_old(*old_states, entry.slot) : table->flip_of(entry.slot);
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
    const std::string path = fmt::format("{}/{}", directory, kOldStatesMap.name);
    if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("unpin " + path);
    return {};
}

}  // namespace zdr::loader
