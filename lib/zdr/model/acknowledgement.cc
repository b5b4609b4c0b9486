#include "zdr/model/acknowledgement.h"

#include <algorithm>

#include "zdr_checkers.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLongestReaction(200);
constexpr milliseconds kShortestPause(20);
constexpr milliseconds kLongestPause(250);
constexpr int kLooksAnInterval = 8;

milliseconds interval_of(const Checker& checker, const Server& server) {
    return checker.interval.value_or(server.inter);
}

bool can_lead_to(Goal goal, State state) {
    return (goal == Goal::kReady) == (state == State::kReady);
}

// Whether what the checker sees depends on the state.
bool is_concerned(const Checker& checker, State state) {
    return !checker.is_backup || state != State::kDrain;
}

struct Needed {
    std::uint32_t streak;
    std::uint32_t needed;
};

Needed needed_by(const Checker& checker, Goal goal, const Server& server) {
    if (goal == Goal::kDrained) return {checker.refused_streak, server.fall};
    return {checker.redirected_streak, server.rise};
}

// First seen after the flip: a HAProxy that has just started takes the first answer for the server's state, so it is
// not waited for, and a flood of strangers holds up nobody.
bool is_stranger(const Checker& checker, const Needed& count) {
    return checker.asks < 3 && count.streak == checker.asks && count.streak < count.needed;
}

// One answer more than needed has been waited for by the checker itself.
bool is_done(const Checker& checker, const Needed& count, const Server& server, nanoseconds now_boot) {
    if (count.streak != count.needed) return count.streak > count.needed;
    return now_boot - checker.last_boot >= reaction_time(checker, server);
}

}  // namespace

nanoseconds reaction_time(const Checker& checker, const Server& server) {
    return std::min<nanoseconds>(interval_of(checker, server) / 2, kLongestReaction);
}

Acknowledgement judge(Goal goal, const Server& server, const Snapshot& snapshot, nanoseconds now_boot) {
    Acknowledgement out;
    out.pause = kLongestPause;
    if (!can_lead_to(goal, snapshot.state)) {
        out.verdict = Acknowledgement::Verdict::kOtherState;
        return out;
    }
    for (const Checker& checker : snapshot.checks.checkers) {
        if (!is_concerned(checker, snapshot.state) || !checker.is_live(now_boot, server.inter)) continue;
        const Needed count = needed_by(checker, goal, server);
        if (is_stranger(checker, count)) continue;
        if (is_done(checker, count, server, now_boot)) {
            ++out.reached;
            continue;
        }
        out.missing.push_back({checker, count.streak, count.needed});
        out.pause = std::min<nanoseconds>(out.pause, interval_of(checker, server) / kLooksAnInterval);
    }
    out.pause = std::max<nanoseconds>(out.pause, kShortestPause);
    if (!out.missing.empty()) return out;
    const nanoseconds settle = ZDR_SILENT_INTERVALS * server.inter;
    const bool is_overflowed =
        snapshot.checks.overflowed_boot.count() != 0 && now_boot - snapshot.checks.overflowed_boot <= settle;
    if (is_overflowed) return out;
    if (out.reached != 0)
        out.verdict = Acknowledgement::Verdict::kReached;
    else if (now_boot - snapshot.since_boot > settle)
        out.verdict = Acknowledgement::Verdict::kNoCheckers;
    return out;
}

}  // namespace zdr
