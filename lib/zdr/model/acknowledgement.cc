#include "zdr/model/acknowledgement.h"

#include <algorithm>
#include <utility>

#include "zdr/model/checker_standing.h"
#include "zdr/model/replaced_checkers.h"
#include "zdr_checkers.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLongestReaction(200);
constexpr milliseconds kShortestPause(5);
constexpr milliseconds kLongestPause(250);
constexpr milliseconds kShortestSilence(2000);
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
    std::uint32_t of_a_stream;
};

// HAProxy takes a server out for one answer of its drain port. Once it has done so, it has it down after `fall`
// refusals that nobody answered.
bool is_softly_out(const Checker& checker, State state, const Server& server) {
    return state == State::kDrain && server.drain_port && checker.is_softened && !checker.is_backup;
}

Needed needed_by(const Checker& checker, Goal goal, State state, const Server& server) {
    if (goal == Goal::kReady) {
        const std::uint32_t one = checker.answers ? 1 : server.rise;
        return {checker.redirected_streak, one * server.checks, one};
    }
    const bool is_expected_softly = state == State::kDrain && server.drain_port && checker.refused_streak == 0;
    if (is_softly_out(checker, state, server) || is_expected_softly) return {checker.refused_streak, server.checks, 1};
    const std::uint32_t one = checker.answers ? 1 : server.fall;
    return {checker.is_softened ? 0 : checker.refused_streak, one * server.checks, one};
}

// When the slowest of several streams has surely had its checks: a first one under the old rhythm, then the others in
// that of a HAProxy that is about to change its mind.
nanoseconds streams_done_boot(const Checker& checker, const Needed& count, Goal goal, const Server& server,
                              nanoseconds since_boot) {
    const auto first = std::max(longest_interval(server, goal == Goal::kReady), interval_of(checker, server));
    const auto next = server.fastinter.value_or(first);
    const auto reaction = std::min<nanoseconds>(reaction_time(checker, server), next / 3);
    return since_boot + first + next * (count.of_a_stream - 1) + reaction;
}

// First seen after the flip: a HAProxy that has just started takes the first answer for the server's state, so it is
// not waited for, and a flood of strangers holds up nobody.
bool is_stranger(const Checker& checker, const Needed& count) {
    return checker.asks < 3 && count.streak == checker.asks && count.streak < count.needed;
}

// One answer more than needed has been waited for by the checker itself.
bool is_done(const Checker& checker, const Needed& count, const Server& server, nanoseconds now_boot) {
    if (checker.answers || count.streak != count.needed) return count.streak >= count.needed;
    return now_boot - checker.last_boot >= reaction_time(checker, server);
}

// Judges one checker after the other.
class AcknowledgementBuilder {
  public:
    AcknowledgementBuilder(Goal goal, const Server& server, const Snapshot& snapshot, nanoseconds now_boot)
        : goal_(goal), server_(server), snapshot_(snapshot), now_(now_boot) {
        out_.pause = kLongestPause;
        const auto& all = snapshot.checks.checkers;
        counts_seldom_ = goal == Goal::kReady && std::none_of(all.begin(), all.end(), [&](const Checker& one) {
                             return is_concerned(one, snapshot.state) && standing(one) == Standing::kCounts;
                         });
    }

    void add(const Checker& checker) {
        if (!is_concerned(checker, snapshot_.state)) return;
        const Standing its_standing = standing(checker);
        if (its_standing == Standing::kUnnamed) return;
        if (its_standing != Standing::kCounts) {
            const bool is_recent = snapshot_.since_boot - checker.last_boot <= silence_of_all(server_);
            if (is_recent) out_.ignored.push_back(checker);
            return;
        }
        const Needed count = needed_by(checker, goal_, snapshot_.state, server_);
        if (is_stranger(checker, count) && !is_successor(checker, snapshot_.checks.checkers)) return;
        nanoseconds pause = interval_of(checker, server_) / kLooksAnInterval;
        if (is_done(checker, count, server_, now_)) {
            const nanoseconds rest =
                server_.checks == 1 || checker.answers
                    ? nanoseconds(0)
                    : streams_done_boot(checker, count, goal_, server_, snapshot_.since_boot) - now_;
            if (rest.count() <= 0) {
                ++out_.reached;
                out_.is_soft = out_.is_soft || is_softly_out(checker, snapshot_.state, server_);
                (checker.is_backup ? has_backup_ : has_status_) = true;
                return;
            }
            pause = rest;
        }
        out_.missing.push_back({checker, count.streak, count.needed});
        out_.pause = std::min(out_.pause, pause);
    }

    // One that the settings name, if it was never seen at a port, or forgotten since.
    void add_named(const CheckerName& name) {
        add_named(name, false);
        if (is_backup_refused()) add_named(name, true);
    }

    void add_named(const CheckerName& name, bool is_backup) {
        const auto& all = snapshot_.checks.checkers;
        if (std::any_of(all.begin(), all.end(), [&](const Checker& one) {
                return matches(name, one) && one.is_backup == is_backup && !one.has_ended;
            }))
            return;
        Checker missing;
        missing.from = name.from;
        missing.is_backup = is_backup;
        missing.hook = name.is_local ? Checker::Hook::kCgroup : Checker::Hook::kLookup;
        const Needed count = needed_by(missing, goal_, snapshot_.state, server_);
        out_.missing.push_back({std::move(missing), count.streak, count.needed});
    }

    Acknowledgement finish() && {
        out_.pause = std::max<nanoseconds>(out_.pause, kShortestPause);
        const nanoseconds settle = silence_of_all(server_);
        const nanoseconds overflowed = snapshot_.checks.overflowed_boot;
        out_.is_overflowed = overflowed.count() != 0 && now_ - overflowed <= settle;
        if (!out_.missing.empty() || out_.is_overflowed) return std::move(out_);
        out_.lacks_backup = has_status_ && !has_backup_ && needs_backup();
        if (has_status_ && !out_.lacks_backup)
            out_.verdict = Acknowledgement::Verdict::kReached;
        else if (now_ - snapshot_.since_boot > settle)
            out_.verdict = Acknowledgement::Verdict::kNoCheckers;
        return std::move(out_);
    }

  private:
    // Without the app's traffic, as when the server is out of rotation, nothing tells a balancer that asks seldom from
    // a probe; where nobody else checks the server it is taken for one.
    Standing standing(const Checker& checker) const {
        const Standing out = standing_of(checker, server_, now_);
        if (out == Standing::kSilent && goal_ == Goal::kReady && comes_back(checker)) return Standing::kCounts;
        if (out == Standing::kCounts && (is_replaced(checker) || fell_silent_in_drain(checker)))
            return Standing::kSilent;
        const bool is_taken = out == Standing::kSeldom && counts_seldom_ && checker.is_live(now_, server_.inter);
        return is_taken ? Standing::kCounts : out;
    }
    // It had not the server down yet, so it would not have paused for as long as it does then.
    bool fell_silent_in_drain(const Checker& checker) const {
        return goal_ == Goal::kDrained && server_.checkers.empty() && !checker.answers && checker.refused_streak != 0 &&
               checker.refused_streak < server_.fall && !checker.is_live(now_, longest_interval(server_, false));
    }
    // It has the server down, and was a checker before; it was not reloaded since, which would be another process.
    bool comes_back(const Checker& checker) const {
        const bool is_on_its_way =
            !checker.has_ended && checker.redirected_streak != 0 && checker.asks > checker.redirected_streak &&
            checker.is_habit() &&
            checker.redirected_streak < needed_by(checker, goal_, snapshot_.state, server_).needed &&
            checker.last_boot >= snapshot_.since_boot;
        const bool was_out = has_it_down(checker, server_, now_) && checker.asks > checker.refused_streak;
        // A HAProxy that has just started believes its first answer.
        const auto& all = snapshot_.checks.checkers;
        const bool began_out = checker.refused_streak != 0 && !checker.has_ended && is_successor(checker, all);
        if (!is_on_its_way && !was_out && !began_out) return false;
        return std::none_of(all.begin(), all.end(),
                            [&](const Checker& one) { return replaces(one, checker, all, silence_of_all(server_)); });
    }
    // Whether the backup status port is refused, too.
    bool is_backup_refused() const { return snapshot_.state == State::kMaint && server_.backup_status_port; }
    // Whether somebody has to confirm what is done to the backup status port; once it is ready, if anybody checked it.
    bool needs_backup() const {
        const auto& all = snapshot_.checks.checkers;
        return is_backup_refused() ||
               (goal_ == Goal::kReady && std::any_of(all.begin(), all.end(), [&](const Checker& one) {
                    return one.is_backup && !one.has_ended && one.is_habit() &&
                           snapshot_.since_boot - one.last_boot <= silence_of_all(server_);
                }));
    }
    // HAProxy's old process after a reload, which still serves clients: another one was started to replace it, or, of
    // those that are named, it is silent while another asks.
    bool is_replaced(const Checker& checker) const {
        const auto& all = snapshot_.checks.checkers;
        const auto next =
            std::max(interval_of(checker, server_), longest_interval(server_, checker.refused_streak >= server_.fall));
        const bool was_due = now_ - checker.last_boot > next + kLateCheck;
        if (was_due && is_told_to_have_gone(checker, all)) return true;
        if (server_.checkers.empty() || checker.is_live(now_, server_.inter)) return false;
        return std::any_of(all.begin(), all.end(), [&](const Checker& one) {
            return is_of_one_name(one, checker) && !one.has_ended && one.is_live(now_, server_.inter);
        });
    }

    Goal goal_;
    const Server& server_;
    const Snapshot& snapshot_;
    nanoseconds now_;
    bool counts_seldom_ = false;
    bool has_status_ = false;  // a checker of the status port is done
    bool has_backup_ = false;  // one of the backup status port
    Acknowledgement out_;
};

}  // namespace

nanoseconds reaction_time(const Checker& checker, const Server& server) {
    return std::min<nanoseconds>(interval_of(checker, server) / 2, kLongestReaction);
}

nanoseconds silence_of_all(const Server& server) {
    return std::max<nanoseconds>(kShortestSilence, ZDR_SILENT_INTERVALS * longest_interval(server, true));
}

Acknowledgement judge(Goal goal, const Server& server, const Snapshot& snapshot, nanoseconds now_boot) {
    if (!can_lead_to(goal, snapshot.state)) {
        Acknowledgement out;
        out.verdict = Acknowledgement::Verdict::kOtherState;
        out.pause = kLongestPause;
        return out;
    }
    AcknowledgementBuilder builder(goal, server, snapshot, now_boot);
    for (const Checker& checker : snapshot.checks.checkers) builder.add(checker);
    for (const CheckerName& name : server.checkers) builder.add_named(name);
    return std::move(builder).finish();
}

}  // namespace zdr
