#include "zdr/control/wait_for_checkers.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/control/checks_of.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/newcomers.h"
#include "zdr/control/pending_server.h"
#include "zdr/control/restart/app.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/soft_drain/drain_port.h"
#include "zdr/control/wait_for_health.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/socket_iterators.h"

namespace zdr {
namespace {

using Verdict = Acknowledgement::Verdict;
using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kHaproxyPause(100);
constexpr std::chrono::milliseconds kNewcomerPause(100);
constexpr std::chrono::milliseconds kAppAnswers(500);
constexpr std::size_t kMost = 3;  // servers that an error names

struct WaitRound {
    std::vector<PendingServer> servers;
    std::vector<HaproxyEndpoint> endpoints;
    LocalHaproxies haproxies;  // those of the endpoints that run on this host
    bool has_looked = false;
};

// Since when anybody could have asked under the state in force.
nanoseconds since(const Flip& flip, State state, nanoseconds began) {
    if (flip.since_boot.count() == 0) return began;
    return state != flip.state && flip.expires_boot ? *flip.expires_boot : flip.since_boot;
}

// What the hooks cannot see: connections that were half-open at the flip, or began before the hooks, and listeners from
// outside of the cgroup.
Result<void> tend_sockets(const LockedTable& opened, WaitRound& round, Goal goal) {
    if (!std::exchange(round.has_looked, true))
        if (auto registered = register_listeners(opened.dir.live()); !registered) return registered;
    if (goal == Goal::kDrained) return end_refused_connections(opened.dir.live());
    std::vector<Server> servers;
    for (const PendingServer& one : round.servers)
        if (!one.is_done) servers.push_back(one.server);
    if (std::any_of(servers.begin(), servers.end(), [](const Server& one) { return one.drain_port.has_value(); }))
        if (auto ended = end_refused_connections(opened.dir.live()); !ended) return ended;
    return register_missing_listeners(opened.dir.live(), servers);
}

void wait_for_newcomers(const Checks& checks, nanoseconds now_boot, PendingServer& one) {
    for (Checker& newcomer : find_newcomers(one.server, checks, now_boot)) {
        one.acknowledgement.verdict = Verdict::kWaiting;
        one.acknowledgement.pause = kNewcomerPause;
        one.acknowledgement.missing.push_back({std::move(newcomer), 0, 1});
    }
}

// What the kernel has seen of the checkers, under one lock.
Result<void> look_at_checks(WaitRound& round, const WaitRequest& wait, nanoseconds began, const Context& context) {
    auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto endpoints = haproxy_endpoints(context, opened->table);
    if (!endpoints) return tl::unexpected(std::move(endpoints.error()));
    round.endpoints = std::move(*endpoints);
    for (PendingServer& one : round.servers) {
        if (one.is_done) continue;
        auto entries = find_servers(opened->table, {&one.name, 1}, one.if_missing);
        if (!entries) return tl::unexpected(std::move(entries.error()));
        one.server = entries->front().server;
        if (entries->front().is_published) one.server.published = Published::kYes;
        auto flip = opened->table.flip_of(entries->front().slot);
        if (!flip) return tl::unexpected(std::move(flip.error()));
        // The record of a flip goes with its server and not otherwise.
        if (one.flip.since_boot.count() != 0 && flip->since_boot.count() == 0)
            return tl::unexpected(replaced_meanwhile(one.name));
        one.flip = std::move(*flip);
        one.server = at_active_port(std::move(one.server), one.flip);
        one.if_missing = IfMissing::kRemovedMeanwhile;
        auto checks = checks_of(opened->table, entries->front());
        if (!checks) return tl::unexpected(std::move(checks.error()));
        for (Checker& checker : checks->checkers) {
            checker.answers = round.haproxies.include(checker);
            if (checker.has_sessions) one.senders.emplace(checker.from, checker.pid);
            checker.has_sessions = one.senders.contains({checker.from, checker.pid});
            if (checker.pid == 0 || checker.is_elsewhere) continue;
            checker.started_boot = started_boot(checker.pid);
            checker.told_to_replace = told_to_replace(checker.pid);
        }
        const nanoseconds now = context.now().boot;
        const State state = one.flip.effective(now);
        one.acknowledgement = judge(wait.goal, one.server, {state, since(one.flip, state, began), *checks}, now);
        if (one.acknowledgement.verdict == Verdict::kReached) wait_for_newcomers(*checks, now, one);
        one.no_haproxy = round.endpoints.empty();
        one.needs_checker = !wait.unchecked && !one.server.unchecked && round.endpoints.empty();
    }
    return tend_sockets(*opened, round, wait.goal);
}

// Then HAProxy itself, of those servers that nothing else is missing of.
Result<void> look_at_haproxy(WaitRound& round, Goal goal, const Context& context) {
    const auto is_open = [](const PendingServer& one) { return !one.is_done && one.is_settled(); };
    if (round.endpoints.empty() || std::none_of(round.servers.begin(), round.servers.end(), is_open)) return {};
    const auto view = HaproxyView::ask(round.endpoints, kHaproxyAnswers);
    if (!view) return tl::unexpected(view.error());
    for (PendingServer& one : round.servers) {
        if (!is_open(one)) continue;
        auto objection = view->objection(goal, one.flip.effective(context.now().boot), one.server);
        if (!objection) return tl::unexpected(std::move(objection.error()));
        one.objection = objection->value_or("");
        if (*objection && one.acknowledgement.is_soft)
            one.objection +=
                ", though its drain port answered; does its backend have \"option httpchk\" and "
                "\"http-check disable-on-404\"?";
        if (one.acknowledgement.lacks_backup && !view->knows(one.server, *one.server.backup_status_port))
            one.objection = "nobody has asked its backup status port";
        one.acknowledgement.pause = kHaproxyPause;
    }
    return {};
}

// And what answered: a check that was led to the drain port takes the server out only if that says 404.
void look_at_drain_ports(WaitRound& round) {
    for (PendingServer& one : round.servers) {
        const bool is_open = !one.is_done && one.is_settled() && one.objection.empty();
        if (!is_open || !one.acknowledgement.is_soft) continue;
        const auto found = ask_drain_port(one.server, answer_time(one.server));
        if (!found)
            one.objection = found.error().text;
        else if (*found == DrainPort::kSilent)
            one.objection = fmt::format("nothing listens on its drain port {} any more", one.server.drain_port->host());
    }
}

// HAProxy's next check comes an interval after the answer to the one before, and the programs see only when checks
// begin: of several lines, the slowest may be that much later.
void wait_for_slowest(PendingServer& one, nanoseconds asked_boot, nanoseconds answered_boot) {
    if (one.settled_boot.count() == 0) one.settled_boot = asked_boot;
    const nanoseconds rest = one.settled_boot + (answered_boot - asked_boot) * one.server.rise - answered_boot;
    if (one.server.checks == 1 || !one.server.health.asks_anything() || rest.count() <= 0) return;
    one.objection = "the slowest line of checks may have no answer yet";
    one.acknowledgement.pause = rest;
}

// And the app: a check that is redirected is good only if the app answers it well.
void look_at_health(WaitRound& round, Goal goal, const Context& context) {
    for (PendingServer& one : round.servers) {
        if (goal != Goal::kReady || one.is_done || !one.is_settled() || !one.objection.empty()) continue;
        const nanoseconds asked = context.now().boot;
        const auto healthy = ask_health(one.server, answer_time(one.server));
        const nanoseconds now = context.now().boot;
        if (healthy) wait_for_slowest(one, asked, now);
        if (!healthy) one.bad_boot = now;
        if (!healthy)
            one.objection = healthy.error().text;
        else if (one.bad_boot.count() != 0 && now - one.bad_boot < recovery_time(one.server))
            one.objection = "it answers well again only since " + format_elapsed(now - one.bad_boot);
    }
}

std::string format_silent_app(const Server& server) {
    return fmt::format(" (nothing accepts on its port {})", server.app_port.host());
}

// Names who is missing.
Error ended(Errc how, std::string text, const std::vector<PendingServer>& all, Goal goal, nanoseconds now_boot) {
    std::size_t count = 0;
    bool lacks_silent = false;
    for (const PendingServer& one : all) {
        if (one.is_done) continue;
        lacks_silent = lacks_silent || lacks_a_silent_one(one, now_boot);
        if (count++ >= kMost) continue;
        text += "; " + format_missing(one, goal, now_boot);
        if (goal == Goal::kReady && !accepts(one.server, kAppAnswers)) text += format_silent_app(one.server);
    }
    if (count > kMost) text += fmt::format("; and {} more", count - kMost);
    if (lacks_silent) text += "; if who has not asked is gone for good, name those that check in zdr.conf (checkers)";
    return {make_error_code(how), std::move(text)};
}

void say(const PendingServer& one, Goal goal, nanoseconds passed, const Context& context) {
    const std::string ignored = format_ignored(one, context.now().boot);
    const std::string others = ignored.empty() ? "" : fmt::format(" (not waited for: {})", ignored);
    if (one.acknowledgement.verdict == Verdict::kNoCheckers && one.no_haproxy) {
        const bool is_silent = goal == Goal::kReady && !accepts(one.server, kAppAnswers);
        context.report(fmt::format("{}: nobody checks {}, so nothing tells whether it is {}{}{}", one.name,
                                   one.acknowledgement.lacks_backup ? "its backup status port" : "it", to_string(goal),
                                   others, is_silent ? format_silent_app(one.server) : ""));
        return;
    }
    if (goal == Goal::kReady && !one.server.health.is_complete && one.no_haproxy) {
        context.report(
            fmt::format("{}: its checks reach the app after {}, and look at more than zdr can ask: whether "
                        "HAProxy has it up is not known{}",
                        one.name, format_elapsed(passed), others));
        return;
    }
    context.report(fmt::format("{}: {} after {}{}", one.name, to_string(goal), format_elapsed(passed), others));
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

// One look at all of them; how long to pause before the next.
Result<nanoseconds> look(WaitRound& round, const WaitRequest& wait, nanoseconds began, const Context& context) {
    auto haproxies = LocalHaproxies::ask(round.endpoints, kHaproxyAnswers);
    if (!haproxies) return tl::unexpected(std::move(haproxies.error()));
    round.haproxies = std::move(*haproxies);
    if (auto looked = look_at_checks(round, wait, began, context); !looked)
        return tl::unexpected(std::move(looked.error()));
    for (PendingServer& one : round.servers) one.objection.clear();
    if (auto looked = look_at_haproxy(round, wait.goal, context); !looked)
        return tl::unexpected(std::move(looked.error()));
    look_at_drain_ports(round);
    look_at_health(round, wait.goal, context);
    const nanoseconds now = context.now().boot;
    context.report_pending("");
    nanoseconds pause = std::max<nanoseconds>(wait.timeout - (now - began), nanoseconds(0));
    for (PendingServer& one : round.servers) {
        if (one.is_done) continue;
        if (one.acknowledgement.verdict == Verdict::kOtherState && wait.other_state == OtherState::kFails)
            return tl::unexpected(undone(one, now));
        one.is_done = one.is_settled() && one.objection.empty();
        if (one.is_done) say(one, wait.goal, now - began, context);
        if (!one.is_done) pause = std::min(pause, one.acknowledgement.pause);
    }
    context.report_pending(format_all_missing(round.servers, wait.goal, now));
    return pause;
}

}  // namespace

Result<void> wait_for_checkers(std::span<const std::string> names, const WaitRequest& wait, const Context& context) {
    WaitRound round;
    for (const std::string& name : names) {
        round.servers.emplace_back();
        round.servers.back().name = name;
        if (wait.other_state == OtherState::kFails)
            round.servers.back().if_missing = IfMissing::kRemovedMeanwhile;  // it was flipped just now
    }
    const nanoseconds began = context.now().boot;
    for (;;) {
        const auto pause = look(round, wait, began, context);
        if (!pause) return tl::unexpected(pause.error());
        if (std::all_of(round.servers.begin(), round.servers.end(),
                        [](const PendingServer& one) { return one.is_done; }))
            return {};
        if (context.now().boot - began >= wait.timeout) {
            context.report_pending("");
            return tl::unexpected(ended(Errc::kTimedOut,
                                        fmt::format("timed out after {}", format_elapsed(wait.timeout)), round.servers,
                                        wait.goal, context.now().boot));
        }
        if (wait.meanwhile)
            if (auto done = wait.meanwhile(); !done) return done;
        if (context.pause(std::chrono::ceil<std::chrono::milliseconds>(*pause))) continue;
        context.report_pending("");
        return tl::unexpected(ended(Errc::kInterrupted, "interrupted", round.servers, wait.goal, context.now().boot));
    }
}

}  // namespace zdr
