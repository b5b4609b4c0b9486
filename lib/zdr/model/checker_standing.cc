#include "zdr/model/checker_standing.h"

#include <algorithm>

#include "zdr_checkers.h"

namespace zdr {
namespace {

// A check may take as long as HAProxy waits for its answer, and the next one begins after it.
std::chrono::milliseconds longest_pause(const Server& server, bool is_down) {
    const auto out = longest_interval(server, is_down);
    return server.health.asks_anything() ? std::max(out, server.health.timeout.value_or(out)) : out;
}

}  // namespace

bool has_it_down(const Checker& checker, const Server& server, std::chrono::nanoseconds now_boot) {
    constexpr std::chrono::milliseconds kLongest(ZDR_LONGEST_INTERVAL_MS);
    return !checker.has_ended && checker.asks > 2 && checker.refused_streak >= server.fall &&
           now_boot - checker.last_boot <= kLongest;
}

bool matches(const CheckerName& name, const Checker& checker) {
    return name.is_local == (checker.hook == Checker::Hook::kCgroup) && name.from == checker.from;
}

bool is_seldom(const Checker& checker, const Server& server) {
    const auto longest = longest_pause(server, true);
    return checker.is_habit() && *checker.interval > ZDR_SILENT_INTERVALS * longest;
}

Standing standing_of(const Checker& checker, const Server& server, std::chrono::nanoseconds now_boot) {
    if (checker.has_ended) return Standing::kSilent;
    const auto& names = server.checkers;
    const bool is_named =
        std::any_of(names.begin(), names.end(), [&](const CheckerName& name) { return matches(name, checker); });
    if (!names.empty()) return is_named ? Standing::kCounts : Standing::kUnnamed;
    if (is_seldom(checker, server) && !checker.has_sessions && !checker.answers) return Standing::kSeldom;
    const auto longest = longest_pause(server, checker.refused_streak != 0);
    // A person, or a HAProxy that has just come, which asks again when it must.
    const bool has_just_come = !checker.is_habit() || checker.asks == checker.refused_streak;
    if (has_just_come && !checker.has_sessions && !checker.answers) {
        const auto next = std::max(longest, checker.interval.value_or(longest)) + kLateCheck;
        return now_boot - checker.last_boot <= next ? Standing::kCounts : Standing::kSilent;
    }
    return checker.is_live(now_boot, longest) ? Standing::kCounts : Standing::kSilent;
}

}  // namespace zdr
