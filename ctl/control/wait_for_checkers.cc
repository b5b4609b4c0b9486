#include "ctl/control/wait_for_checkers.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "ctl/control/haproxy_view.h"
#include "ctl/control/server_lookup.h"
#include "ctl/text.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

using Verdict = Acknowledgement::Verdict;
using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kHaproxyAnswers(2000);
constexpr std::chrono::milliseconds kHaproxyPause(100);
constexpr std::size_t kMost = 3;  // servers, and checkers of each, that an error names

// A server that is waited for.
struct PendingServer {
    std::string name;
    bool is_done = false;
    IfMissing if_missing = IfMissing::kUnknownName;
    Acknowledgement acknowledgement;
    Server server;
    Flip flip;
    std::string objection;  // HAProxy's own
};

struct WaitRound {
    std::vector<PendingServer> all;
    std::vector<HaproxyEndpoint> endpoints;
};

std::string_view to_string(Goal goal) {
    return goal == Goal::kDrained ? "drained" : "ready";
}

// Since when anybody could have asked under the state in force.
nanoseconds since(const Flip& flip, State state, nanoseconds began) {
    if (flip.since_boot.count() == 0) return began;
    return state != flip.state && flip.expires_boot ? *flip.expires_boot : flip.since_boot;
}

// What the kernel has seen of the checkers, under one lock.
Result<void> look_at_checks(WaitRound& look, Goal goal, nanoseconds began, const Options& options, Env& env) {
    auto opened = open_table(options, Access::kRead, env);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto endpoints = haproxy_endpoints(options, opened->table);
    if (!endpoints) return tl::unexpected(std::move(endpoints.error()));
    look.endpoints = std::move(*endpoints);
    for (PendingServer& one : look.all) {
        if (one.is_done) continue;
        auto entries = find_servers(opened->table, {&one.name, 1}, one.if_missing);
        if (!entries) return tl::unexpected(std::move(entries.error()));
        one.server = std::move(entries->front().server);
        auto flip = opened->table.flip_of(entries->front().slot);
        if (!flip) return tl::unexpected(std::move(flip.error()));
        // The record of a flip goes with its server and not otherwise.
        if (one.flip.since_boot.count() != 0 && flip->since_boot.count() == 0)
            return tl::unexpected(replaced_meanwhile(one.name));
        one.flip = std::move(*flip);
        one.if_missing = IfMissing::kRemovedMeanwhile;
        auto checks = opened->table.checks(entries->front().slot);
        if (!checks) return tl::unexpected(std::move(checks.error()));
        const nanoseconds now = env.now().boot;
        const State state = one.flip.effective(now);
        one.acknowledgement = judge(goal, one.server, {state, since(one.flip, state, began), std::move(*checks)}, now);
    }
    return {};
}

bool is_settled(const PendingServer& one) {
    return one.acknowledgement.verdict == Verdict::kReached || one.acknowledgement.verdict == Verdict::kNoCheckers;
}

// Then HAProxy itself, of those servers that nothing else is missing of.
Result<void> look_at_haproxy(WaitRound& look, Goal goal, Env& env) {
    const auto is_open = [](const PendingServer& one) { return !one.is_done && is_settled(one); };
    if (look.endpoints.empty() || std::none_of(look.all.begin(), look.all.end(), is_open)) return {};
    const auto word = HaproxyView::ask(look.endpoints, kHaproxyAnswers);
    if (!word) return tl::unexpected(word.error());
    for (PendingServer& one : look.all) {
        if (!is_open(one)) continue;
        auto objection = word->objection(goal, one.flip.effective(env.now().boot), one.server);
        if (!objection) return tl::unexpected(std::move(objection.error()));
        one.objection = objection->value_or("");
        one.acknowledgement.pause = kHaproxyPause;
    }
    return {};
}

// "haproxy"; another host's is an address. Both ports of one checker are told apart.
std::string format_checker(const Checker& checker) {
    return checker.is_backup ? checker.from + " (backup status port)" : checker.from;
}

std::string format_missing(const PendingServer& one, Goal goal) {
    if (one.acknowledgement.verdict == Verdict::kOtherState)
        return fmt::format("{} is {}", format_name(one.name), goal == Goal::kDrained ? "ready" : "not ready");
    if (is_settled(one))
        return fmt::format("{} is not {} yet: {}", format_name(one.name), to_string(goal), one.objection);
    const auto& missing = one.acknowledgement.missing;
    std::string out;
    for (const PendingChecker& who : std::span(missing).first(std::min(missing.size(), kMost)))
        out += fmt::format("{}{} was {} {} of {} times", out.empty() ? "" : ", ", format_checker(who.checker),
                           goal == Goal::kDrained ? "refused" : "redirected", who.streak, who.needed);
    if (missing.size() > kMost) out += fmt::format(" and {} more", missing.size() - kMost);
    if (missing.empty())
        out = one.acknowledgement.reached == 0 ? "nobody has asked it yet"
                                               : "it has more checkers than can be told apart";
    return fmt::format("{} is not {} yet: {}", format_name(one.name), to_string(goal), out);
}

// Names who is missing.
Error ended(std::string_view why, const std::vector<PendingServer>& all, Goal goal) {
    std::string text(why);
    std::size_t count = 0;
    for (const PendingServer& one : all) {
        if (one.is_done) continue;
        if (count++ < kMost) text += "; " + format_missing(one, goal);
    }
    if (count > kMost) text += fmt::format("; and {} more", count - kMost);
    return {make_error_code(Errc::kTimedOut), std::move(text)};
}

void say(const PendingServer& one, Goal goal, nanoseconds passed, const Options& options, Env& env) {
    if (options.quiet) return;
    const auto name = printable(one.name);
    if (one.acknowledgement.verdict == Verdict::kNoCheckers)
        env.err(fmt::format("{}: no checker has asked it for long, so none is waited for\n", name));
    else
        env.err(fmt::format("{}: {} after {}\n", name, to_string(goal), format_elapsed(passed)));
}

// Somebody undid what is waited for.
Error undone(const PendingServer& one, nanoseconds now_boot) {
    const State state = one.flip.effective(now_boot);
    const bool is_over = state != one.flip.state;
    return {make_error_code(Errc::kFailed),
            is_over ? fmt::format("the time given to {} is over, and it is ready again", format_name(one.name))
                    : fmt::format("{} was made {} by {} meanwhile", format_name(one.name), zdr::to_string(state),
                                  one.flip.by.empty() ? "somebody" : one.flip.by)};
}

// On a terminal, a line that the next one takes the place of: who is missing now.
void show_progress(const WaitRound& look, Goal goal, const Options& options, Env& env) {
    if (options.quiet || !env.err_is_terminal()) return;
    const auto open =
        std::find_if(look.all.begin(), look.all.end(), [](const PendingServer& one) { return !one.is_done; });
    if (open != look.all.end()) env.err(fmt::format("{}\r", printable(format_missing(*open, goal))));
}

void clear_progress(const Options& options, Env& env) {
    if (!options.quiet && env.err_is_terminal()) env.err("\x1b[2K");
}

// One look at all of them; how long to pause before the next.
Result<nanoseconds> look(WaitRound& look, const Wait& wait, nanoseconds began, const Options& options, Env& env) {
    if (auto looked = look_at_checks(look, wait.goal, began, options, env); !looked)
        return tl::unexpected(std::move(looked.error()));
    if (auto looked = look_at_haproxy(look, wait.goal, env); !looked) return tl::unexpected(std::move(looked.error()));
    const nanoseconds now = env.now().boot;
    clear_progress(options, env);
    nanoseconds pause = std::max<nanoseconds>(wait.timeout - (now - began), nanoseconds(0));
    for (PendingServer& one : look.all) {
        if (one.is_done) continue;
        if (one.acknowledgement.verdict == Verdict::kOtherState && wait.other_state == OtherState::kFails)
            return tl::unexpected(undone(one, now));
        one.is_done = is_settled(one) && one.objection.empty();
        if (one.is_done) say(one, wait.goal, now - began, options, env);
        if (!one.is_done) pause = std::min(pause, one.acknowledgement.pause);
    }
    show_progress(look, wait.goal, options, env);
    return pause;
}

}  // namespace

Result<void> wait_for(std::span<const std::string> names, const Wait& wait, const Options& options, Env& env) {
    WaitRound all;
    for (const std::string& name : names) {
        all.all.emplace_back();
        all.all.back().name = name;
        if (wait.other_state == OtherState::kFails)
            all.all.back().if_missing = IfMissing::kRemovedMeanwhile;  // it was flipped just now
    }
    const nanoseconds began = env.now().boot;
    for (;;) {
        const auto pause = look(all, wait, began, options, env);
        if (!pause) return tl::unexpected(pause.error());
        if (std::all_of(all.all.begin(), all.all.end(), [](const PendingServer& one) { return one.is_done; }))
            return {};
        if (env.now().boot - began >= wait.timeout) {
            clear_progress(options, env);
            return tl::unexpected(
                ended(fmt::format("timed out after {}", format_elapsed(wait.timeout)), all.all, wait.goal));
        }
        if (wait.meanwhile)
            if (auto done = wait.meanwhile(); !done) return done;
        if (env.pause(std::chrono::ceil<std::chrono::milliseconds>(*pause))) continue;
        clear_progress(options, env);
        return tl::unexpected(ended("interrupted", all.all, wait.goal));
    }
}

}  // namespace zdr::ctl
