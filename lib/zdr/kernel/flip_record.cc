#include "zdr/kernel/flip_record.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "zdr/base/text.h"

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

}  // namespace

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
