#include "zdr/control/pending_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/model/checker_standing.h"

namespace zdr {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMostCheckers = 3;  // that are named

// "haproxy"; another host's is an address. Both ports of one checker are told apart, and processes of one name.
std::string format_checker(const Checker& checker) {
    const std::string port = checker.is_backup ? "backup status port" : "";
    const std::string process = checker.pid == 0 ? "" : fmt::format("process {}", checker.pid);
    const std::string both = port + (port.empty() || process.empty() ? "" : ", ") + process;
    return both.empty() ? checker.from : fmt::format("{} ({})", checker.from, both);
}

std::string format_pending(const PendingChecker& who, const Server& server, Goal goal, nanoseconds now_boot) {
    const Checker& checker = who.checker;
    if (checker.asks == 0) return format_checker(checker) + " has not asked it";
    const auto silent = now_boot - checker.last_boot;
    return fmt::format("{} was {} {} of {} times{}", format_checker(checker),
                       goal == Goal::kDrained ? "refused" : "redirected", who.streak, who.needed,
                       checker.is_live(now_boot, server.inter)
                           ? ""
                           : fmt::format(", and has not asked for {}", format_elapsed(silent)));
}

std::string format_reason(const PendingServer& one, Goal goal, nanoseconds now_boot) {
    if (one.is_settled()) return one.objection;
    const auto& missing = one.acknowledgement.missing;
    std::string out;
    for (const PendingChecker& who : std::span(missing).first(std::min(missing.size(), kMostCheckers)))
        out += (out.empty() ? "" : ", ") + format_pending(who, one.server, goal, now_boot);
    if (missing.size() > kMostCheckers) out += fmt::format(" and {} more", missing.size() - kMostCheckers);
    if (one.acknowledgement.lacks_backup) out = "nobody has asked its backup status port";
    if (out.empty() && missing.empty() && one.acknowledgement.is_overflowed)
        out = "it has more checkers than can be told apart";
    if (out.empty()) out = format_ignored(one, now_boot);
    return out.empty() ? "nobody has asked it yet" : out;
}

}  // namespace

bool PendingServer::is_settled() const {
    using Verdict = Acknowledgement::Verdict;
    return acknowledgement.verdict == Verdict::kReached ||
           (acknowledgement.verdict == Verdict::kNoCheckers && !needs_checker);
}

std::string_view to_string(Goal goal) {
    return goal == Goal::kDrained ? "drained" : "ready";
}

std::string format_missing(const PendingServer& one, Goal goal, nanoseconds now_boot) {
    if (one.acknowledgement.verdict == Acknowledgement::Verdict::kOtherState)
        return fmt::format("{} is {}", format_name(one.name), goal == Goal::kDrained ? "ready" : "not ready");
    return fmt::format("{} is not {} yet: {}", format_name(one.name), to_string(goal),
                       format_reason(one, goal, now_boot));
}

std::optional<nanoseconds> expected_rest(const PendingServer& one, nanoseconds now_boot) {
    const auto& missing = one.acknowledgement.missing;
    if (one.acknowledgement.verdict != Acknowledgement::Verdict::kWaiting || missing.empty()) return std::nullopt;
    nanoseconds out(0);
    for (const PendingChecker& who : missing) {
        const Checker& checker = who.checker;
        if (checker.asks == 0 || !checker.is_live(now_boot, one.server.inter)) return std::nullopt;
        const nanoseconds interval = checker.interval.value_or(one.server.inter);
        const nanoseconds next = std::max(checker.last_boot + interval - now_boot, nanoseconds(0));
        const auto more = who.needed > who.streak ? who.needed - who.streak : 0;
        const nanoseconds answers = more == 0 ? nanoseconds(0) : next + interval * (more - 1);
        out = std::max(out, answers + reaction_time(checker, one.server));
    }
    return out;
}

std::string format_all_missing(std::span<const PendingServer> servers, Goal goal, nanoseconds now_boot) {
    const PendingServer* first = nullptr;
    std::size_t count = 0;
    std::optional<nanoseconds> rest = nanoseconds(0);
    for (const PendingServer& one : servers) {
        if (one.is_done) continue;
        if (count++ == 0) first = &one;
        const auto its = expected_rest(one, now_boot);
        rest = rest && its ? std::optional(std::max(*rest, *its)) : std::nullopt;
    }
    if (first == nullptr) return "";
    const bool is_other = first->acknowledgement.verdict == Acknowledgement::Verdict::kOtherState;
    if (is_other) return format_missing(*first, goal, now_boot);
    const std::string time =
        rest ? fmt::format(", about {} more", format_span(std::chrono::ceil<std::chrono::seconds>(*rest))) : "";
    return fmt::format("{}{} not {} yet{}: {}", format_name(first->name),
                       count == 1 ? " is" : fmt::format(" and {} more are", count - 1), to_string(goal), time,
                       format_reason(*first, goal, now_boot));
}

bool lacks_a_silent_one(const PendingServer& server, nanoseconds now_boot) {
    const auto& missing = server.acknowledgement.missing;
    return std::any_of(missing.begin(), missing.end(), [&](const PendingChecker& one) {
        return one.checker.asks != 0 && !one.checker.is_live(now_boot, server.server.inter);
    });
}

std::string format_ignored(const PendingServer& one, nanoseconds now_boot) {
    const auto& ignored = one.acknowledgement.ignored;
    std::string out;
    for (const Checker& who : std::span(ignored).first(std::min(ignored.size(), kMostCheckers)))
        out +=
            fmt::format("{}{}, which {}", out.empty() ? "" : "; ", format_checker(who),
                        is_seldom(who, one.server) ? "asks every " + format_elapsed(*who.interval)
                                                   : "has not asked for " + format_elapsed(now_boot - who.last_boot));
    if (ignored.size() > kMostCheckers) out += fmt::format("; and {} more", ignored.size() - kMostCheckers);
    return out;
}

}  // namespace zdr
