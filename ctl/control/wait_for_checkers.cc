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

using Verdict = Judgement::Verdict;
using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kHaproxyAnswers(2000);
constexpr std::chrono::milliseconds kHaproxyPause(100);
constexpr std::size_t kMost = 3;  // servers, and checkers of each, that an error names

// A server that is waited for.
struct Awaited {
    std::string name;
    bool is_done = false;
    Known known = Known::kNo;
    Judgement judgement;
    Server server;
    Flip flip;
    std::string objection;  // HAProxy's own
};

struct Look {
    std::vector<Awaited> all;
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
Result<void> look_at_checks(Look& look, Goal goal, nanoseconds began, const Options& options, Env& env) {
    auto opened = open_table(options, Access::kRead, env);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto endpoints = haproxy_endpoints(options, opened->table.meta());
    if (!endpoints) return tl::unexpected(std::move(endpoints.error()));
    look.endpoints = std::move(*endpoints);
    for (Awaited& one : look.all) {
        if (one.is_done) continue;
        auto entries = find_servers(opened->table, {&one.name, 1}, one.known);
        if (!entries) return tl::unexpected(std::move(entries.error()));
        one.server = std::move(entries->front().server);
        auto flip = opened->table.flip_of(entries->front().slot);
        if (!flip) return tl::unexpected(std::move(flip.error()));
        // The record of a flip goes with its server and not otherwise.
        if (one.flip.since_boot.count() != 0 && flip->since_boot.count() == 0)
            return tl::unexpected(replaced_meanwhile(one.name));
        one.flip = std::move(*flip);
        one.known = Known::kYes;
        auto checks = opened->table.checks(entries->front().slot);
        if (!checks) return tl::unexpected(std::move(checks.error()));
        const nanoseconds now = env.now().boot;
        const State state = one.flip.effective(now);
        one.judgement = judge(goal, one.server, {state, since(one.flip, state, began), std::move(*checks)}, now);
    }
    return {};
}

bool is_settled(const Awaited& one) {
    return one.judgement.verdict == Verdict::kReached || one.judgement.verdict == Verdict::kUnasked;
}

// Then HAProxy itself, of those servers that nothing else is missing of.
Result<void> look_at_haproxy(Look& look, Goal goal, Env& env) {
    const auto is_open = [](const Awaited& one) { return !one.is_done && is_settled(one); };
    if (look.endpoints.empty() || std::none_of(look.all.begin(), look.all.end(), is_open)) return {};
    const auto word = HaproxyWord::ask(look.endpoints, kHaproxyAnswers);
    if (!word) return tl::unexpected(word.error());
    for (Awaited& one : look.all) {
        if (!is_open(one)) continue;
        auto objection = word->objection(goal, one.flip.effective(env.now().boot), one.server);
        if (!objection) return tl::unexpected(std::move(objection.error()));
        one.objection = objection->value_or("");
        one.judgement.pause = kHaproxyPause;
    }
    return {};
}

// "haproxy"; another host's is an address. Both ports of one checker are told apart.
std::string shown_checker(const Checker& checker) {
    return checker.is_backup ? checker.from + " (backup status port)" : checker.from;
}

std::string missing_text(const Awaited& one, Goal goal) {
    if (one.judgement.verdict == Verdict::kOtherState)
        return fmt::format("{} is {}", shown_name(one.name), goal == Goal::kDrained ? "ready" : "not ready");
    if (is_settled(one))
        return fmt::format("{} is not {} yet: {}", shown_name(one.name), to_string(goal), one.objection);
    const auto& missing = one.judgement.missing;
    std::string out;
    for (const Missing& who : std::span(missing).first(std::min(missing.size(), kMost)))
        out += fmt::format("{}{} was {} {} of {} times", out.empty() ? "" : ", ", shown_checker(who.checker),
                           goal == Goal::kDrained ? "refused" : "redirected", who.streak, who.needed);
    if (missing.size() > kMost) out += fmt::format(" and {} more", missing.size() - kMost);
    if (missing.empty())
        out = one.judgement.reached == 0 ? "nobody has asked it yet" : "it has more checkers than can be told apart";
    return fmt::format("{} is not {} yet: {}", shown_name(one.name), to_string(goal), out);
}

// Names who is missing.
Error ended(std::string_view why, const std::vector<Awaited>& all, Goal goal) {
    std::string text(why);
    std::size_t count = 0;
    for (const Awaited& one : all) {
        if (one.is_done) continue;
        if (count++ < kMost) text += "; " + missing_text(one, goal);
    }
    if (count > kMost) text += fmt::format("; and {} more", count - kMost);
    return {make_error_code(Errc::kTimedOut), std::move(text)};
}

void say(const Awaited& one, Goal goal, nanoseconds passed, const Options& options, Env& env) {
    if (options.quiet) return;
    const auto name = printable(one.name);
    if (one.judgement.verdict == Verdict::kUnasked)
        env.err(fmt::format("{}: no checker has asked it for long, so none is waited for\n", name));
    else
        env.err(fmt::format("{}: {} after {}\n", name, to_string(goal), shown_duration(passed)));
}

// Somebody undid what is waited for.
Error undone(const Awaited& one, nanoseconds now_boot) {
    const State state = one.flip.effective(now_boot);
    const bool is_over = state != one.flip.state;
    return {make_error_code(Errc::kFailed),
            is_over ? fmt::format("the time given to {} is over, and it is ready again", shown_name(one.name))
                    : fmt::format("{} was made {} by {} meanwhile", shown_name(one.name), zdr::to_string(state),
                                  one.flip.by.empty() ? "somebody" : one.flip.by)};
}

// On a terminal, a line that the next one takes the place of: who is missing now.
void show_progress(const Look& look, Goal goal, const Options& options, Env& env) {
    if (options.quiet || !env.err_is_terminal()) return;
    const auto open = std::find_if(look.all.begin(), look.all.end(), [](const Awaited& one) { return !one.is_done; });
    if (open != look.all.end()) env.err(fmt::format("{}\r", printable(missing_text(*open, goal))));
}

void clear_progress(const Options& options, Env& env) {
    if (!options.quiet && env.err_is_terminal()) env.err("\x1b[2K");
}

// One look at all of them; how long to pause before the next.
Result<nanoseconds> look(Look& look, const Wait& wait, nanoseconds began, const Options& options, Env& env) {
    if (auto looked = look_at_checks(look, wait.goal, began, options, env); !looked)
        return tl::unexpected(std::move(looked.error()));
    if (auto looked = look_at_haproxy(look, wait.goal, env); !looked) return tl::unexpected(std::move(looked.error()));
    const nanoseconds now = env.now().boot;
    clear_progress(options, env);
    nanoseconds pause = std::max<nanoseconds>(wait.timeout - (now - began), nanoseconds(0));
    for (Awaited& one : look.all) {
        if (one.is_done) continue;
        if (one.judgement.verdict == Verdict::kOtherState && wait.other_state == OtherState::kFails)
            return tl::unexpected(undone(one, now));
        one.is_done = is_settled(one) && one.objection.empty();
        if (one.is_done) say(one, wait.goal, now - began, options, env);
        if (!one.is_done) pause = std::min(pause, one.judgement.pause);
    }
    show_progress(look, wait.goal, options, env);
    return pause;
}

}  // namespace

Result<void> wait_for(std::span<const std::string> names, const Wait& wait, const Options& options, Env& env) {
    Look all;
    for (const std::string& name : names) {
        all.all.emplace_back();
        all.all.back().name = name;
        if (wait.other_state == OtherState::kFails) all.all.back().known = Known::kYes;  // it was flipped just now
    }
    const nanoseconds began = env.now().boot;
    for (;;) {
        const auto pause = look(all, wait, began, options, env);
        if (!pause) return tl::unexpected(pause.error());
        if (std::all_of(all.all.begin(), all.all.end(), [](const Awaited& one) { return one.is_done; })) return {};
        if (env.now().boot - began >= wait.timeout) {
            clear_progress(options, env);
            return tl::unexpected(
                ended(fmt::format("timed out after {}", shown_duration(wait.timeout)), all.all, wait.goal));
        }
        if (wait.meanwhile)
            if (auto done = wait.meanwhile(); !done) return done;
        if (env.pause(std::chrono::ceil<std::chrono::milliseconds>(*pause))) continue;
        clear_progress(options, env);
        return tl::unexpected(ended("interrupted", all.all, wait.goal));
    }
}

}  // namespace zdr::ctl
