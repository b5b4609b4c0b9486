#include "zdr/model/flip.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "zdr/base/text.h"
#include "zdr_decide.h"

namespace zdr {
namespace {

std::chrono::nanoseconds now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

template <std::size_t N>
void put(char (&field)[N], const std::string& text) {
    std::memcpy(field, text.data(), std::min(text.size(), N - 1));
}

// A record can be written by anyone in the group, so neither its NULs nor its characters are trusted.
template <std::size_t N>
std::string get(const char (&field)[N]) {
    return printable({field, strnlen(field, N)});
}

}  // namespace

std::chrono::nanoseconds boot_now() {
    return now(CLOCK_BOOTTIME);
}

State Flip::effective(std::chrono::nanoseconds now_boot) const {
    const zdr_state record = to_record(*this);
    return static_cast<State>(zdr_effective_state(&record, static_cast<__u64>(now_boot.count())));
}

Result<Flip> make_flip(State state, std::uint32_t uid, std::string by, std::string reason) {
    if (reason.size() >= ZDR_REASON_SIZE)
        return fail(Errc::kUsage,
                    fmt::format("the reason has {} bytes; at most {} fit", reason.size(), ZDR_REASON_SIZE - 1));
    if (printable(reason) != reason) return fail(Errc::kUsage, "the reason has control characters or is not UTF-8");
    return Flip{.state = state,
                .expires_boot = std::nullopt,
                .since_boot = boot_now(),
                .since_unix = now(CLOCK_REALTIME),
                .uid = uid,
                .by = std::move(by),
                .reason = std::move(reason)};
}

zdr_state to_record(const Flip& flip) {
    zdr_state record{};
    record.state = static_cast<__u32>(flip.state);
    record.uid = flip.uid;
    record.expires_boot_ns = static_cast<__u64>(flip.expires_boot.value_or(std::chrono::nanoseconds(0)).count());
    record.since_boot_ns = static_cast<__u64>(flip.since_boot.count());
    record.since_unix_ns = static_cast<__u64>(flip.since_unix.count());
    if (flip.holder) {
        record.holder_pid = flip.holder->pid;
        record.holder_pid_ns = flip.holder->pid_ns;
        record.holder_birth = flip.holder->birth;
    }
    put(record.by, flip.by);
    put(record.reason, flip.reason);
    return record;
}

Flip from_record(const zdr_state& record) {
    Flip flip;
    flip.state = record.state > ZDR_MAINT ? State::kReady : static_cast<State>(record.state);
    if (record.expires_boot_ns != 0) flip.expires_boot = std::chrono::nanoseconds(record.expires_boot_ns);
    flip.since_boot = std::chrono::nanoseconds(record.since_boot_ns);
    flip.since_unix = std::chrono::nanoseconds(record.since_unix_ns);
    flip.uid = record.uid;
    if (record.holder_pid != 0) flip.holder = Holder{record.holder_pid, record.holder_pid_ns, record.holder_birth};
    flip.by = get(record.by);
    flip.reason = get(record.reason);
    return flip;
}

}  // namespace zdr
