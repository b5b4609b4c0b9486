#include "zdr/model/replaced_checkers.h"

#include <algorithm>
#include <optional>

namespace zdr {
namespace {

using std::chrono::nanoseconds;

// From the start of the new process to the last check of the old one, where nothing else tells.
constexpr std::chrono::milliseconds kReload(1000);

bool is_told_to_replace(const Checker& one, const Checker& former) {
    return is_of_one_name(one, former) && one.last_boot > former.last_boot &&
           std::find(one.told_to_replace.begin(), one.told_to_replace.end(), former.pid) != one.told_to_replace.end();
}

// When a process began to ask. Of one that has ended only its checks tell: many of them, or few of a HAProxy that is
// known to be one of a row of reloads.
std::optional<nanoseconds> began_boot(const Checker& one, std::span<const Checker> all) {
    if (one.started_boot || !one.has_ended || one.asks == 0) return one.started_boot;
    if (!one.is_habit() && !is_told_to_have_gone(one, all)) return std::nullopt;
    return one.last_boot - one.interval.value_or(std::chrono::milliseconds(0)) * (one.asks - 1);
}

bool seems_to_replace(const Checker& one, const Checker& former, std::span<const Checker> all) {
    const auto began = began_boot(one, all);
    return is_of_one_name(one, former) && began && one.last_boot > former.last_boot &&
           former.last_boot <= *began + kReload;
}

}  // namespace

bool is_of_one_name(const Checker& one, const Checker& other) {
    return one.hook == Checker::Hook::kCgroup && other.hook == Checker::Hook::kCgroup && one.from == other.from &&
           one.is_backup == other.is_backup && one.pid != other.pid;
}

bool replaces(const Checker& one, const Checker& former, std::span<const Checker> all, nanoseconds silence) {
    if (is_told_to_replace(one, former)) return true;
    if (!seems_to_replace(one, former, all)) return false;
    return std::none_of(all.begin(), all.end(), [&](const Checker& other) {
        const bool is_nearer = other.has_ended || other.last_boot > former.last_boot;
        return other.pid != former.pid && other.pid != 0 && seems_to_replace(one, other, all) && is_nearer &&
               other.last_boot >= *began_boot(one, all) - silence;
    });
}

bool is_told_to_have_gone(const Checker& former, std::span<const Checker> all) {
    return std::any_of(all.begin(), all.end(), [&](const Checker& one) { return is_told_to_replace(one, former); });
}

bool is_successor(const Checker& checker, std::span<const Checker> all) {
    return checker.pid != 0 && std::any_of(all.begin(), all.end(), [&](const Checker& one) {
               return is_of_one_name(one, checker) && one.pid != 0 && one.is_habit();
           });
}

}  // namespace zdr
