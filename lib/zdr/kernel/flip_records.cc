#include "zdr/kernel/flip_records.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "zdr/base/text.h"
#include "zdr/kernel/server_record.h"

namespace zdr {
namespace {

template <std::size_t N>
void put(char (&field)[N], const std::string& text) {
    std::memcpy(field, text.data(), std::min(text.size(), N - 1));
}

// A record can be written by anyone in the group, so neither its NULs nor its characters are trusted.
template <std::size_t N>
std::string get(const char (&field)[N]) {
    return printable({field, strnlen(field, N)});
}

// Of a server that was never flipped, so nobody did.
bool is_untouched(const zdr_state& state) {
    return state.state == ZDR_READY && state.flip == 0 && state.expires_boot_ms == 0 && state.active_port == 0;
}

// A flip that was never made has none.
std::uint16_t number_after(std::uint16_t former, const Flip& flip) {
    constexpr std::uint16_t kFirst = 1;
    if (flip.since_boot.count() == 0) return 0;
    const auto next = static_cast<std::uint16_t>(former + 1);
    return next == 0 ? kFirst : next;
}

}  // namespace

zdr_state to_state_record(const Flip& flip, std::uint16_t number) {
    zdr_state record{};
    record.state = static_cast<__u8>(flip.state);
    record.flags = flip.until_listening ? ZDR_UNTIL_LISTENING : 0;
    record.flip = number;
    record.expires_boot_ms = record_time(flip.expires_boot) & kTimeBits;
    record.active_port = flip.active_port ? flip.active_port->host() : 0;
    return record;
}

zdr_flip to_flip_record(const Flip& flip, std::uint16_t number) {
    zdr_flip record{};
    record.flip = number;
    record.since_boot_ns = static_cast<__u64>(flip.since_boot.count());
    record.since_unix_ns = static_cast<__u64>(flip.since_unix.count());
    record.uid = flip.uid;
    if (flip.holder) {
        record.holder_pid = flip.holder->pid;
        record.holder_pid_ns = flip.holder->pid_ns;
        record.holder_birth = flip.holder->birth;
    }
    put(record.by, flip.by);
    put(record.reason, flip.reason);
    return record;
}

Flip from_records(const zdr_state& state, const std::optional<zdr_flip>& record) {
    constexpr std::chrono::nanoseconds kSometime(1);  // since the boot
    constexpr auto kLatest = std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds::max());
    if (is_untouched(state)) return {};
    Flip flip;
    flip.state = state.state > ZDR_MAINT ? State::kReady : static_cast<State>(state.state);
    if (state.expires_boot_ms != 0)
        flip.expires_boot =
            std::min(std::chrono::milliseconds(static_cast<std::int64_t>(state.expires_boot_ms)), kLatest);
    flip.until_listening = (state.flags & ZDR_UNTIL_LISTENING) != 0;
    if (state.active_port != 0) flip.active_port = Port(static_cast<std::uint16_t>(state.active_port));
    flip.since_boot = kSometime;
    if (!record || record->flip != state.flip) return flip;
    flip.since_boot = std::chrono::nanoseconds(record->since_boot_ns);
    flip.since_unix = std::chrono::nanoseconds(record->since_unix_ns);
    flip.uid = record->uid;
    if (record->holder_pid != 0) flip.holder = Holder{record->holder_pid, record->holder_pid_ns, record->holder_birth};
    flip.by = get(record->by);
    flip.reason = get(record->reason);
    return flip;
}

Result<FlipRecords> FlipRecords::open(const std::string& pins, std::uint32_t side, Access access) {
    auto states = States::open(pins, side_maps(side).states, access);
    if (!states) return tl::unexpected(std::move(states.error()));
    auto flips = Flips::open(pins, side_maps(side).flips, access);
    if (!flips) return tl::unexpected(std::move(flips.error()));
    return FlipRecords(std::move(*states), std::move(*flips));
}

Result<Flip> FlipRecords::find(std::uint32_t slot) const {
    auto state = states_.find(slot);
    if (!state) return tl::unexpected(std::move(state.error()));
    if (!*state || is_untouched(**state)) return Flip{};
    auto record = flips_.find(slot_key(slot));
    if (!record) return tl::unexpected(std::move(record.error()));
    return from_records(**state, *record);
}

Result<std::optional<Error>> FlipRecords::write(std::uint32_t slot, const Flip& flip) const {
    auto former = states_.find(slot);
    if (!former) return tl::unexpected(std::move(former.error()));
    const std::uint16_t number = number_after(*former ? (*former)->flip : std::uint16_t{0}, flip);
    auto noted = flips_.set(slot_key(slot), to_flip_record(flip, number));
    if (auto set = states_.set(slot, to_state_record(flip, number)); !set)
        return tl::unexpected(std::move(set.error()));
    return noted ? std::nullopt : std::optional(std::move(noted.error()));
}

Result<void> FlipRecords::begin(std::span<const std::uint32_t> slots, std::span<const Flip> flips) const {
    std::vector<zdr_state> states;
    states.reserve(flips.size());
    for (std::size_t i = 0; i < flips.size(); ++i) {
        const std::uint16_t number = number_after(0, flips[i]);
        states.push_back(to_state_record(flips[i], number));
        if (number == 0) continue;
        (void)flips_.set(slot_key(slots[i]), to_flip_record(flips[i], number));
    }
    return states_.set_all(slots, states);
}

}  // namespace zdr
