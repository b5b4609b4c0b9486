#include "zdr/control/handover/instance_starts.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "zdr/base/duration.h"
#include "zdr/control/handover/instances.h"
#include "zdr/control/restart/command.h"
#include "zdr/control/restart/listeners.h"
#include "zdr/control/server_lookup.h"
#include "zdr/net/port_clients.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int kMostTries = 3;                // of one start, each on a port of its own
constexpr milliseconds kShortestAppLook(5);  // between two looks at an app that starts
constexpr milliseconds kLongestAppLook(500);
constexpr int kLookShare = 20;            // of the time that a look takes: it costs at most 5 % of a processor
constexpr milliseconds kUntilFree(1000);  // for a port, once what was started there is stopped
constexpr milliseconds kFreeLook(20);

bool listens(const Server& instance) {
    const auto sockets = listeners(instance);
    return !sockets || !sockets->empty();
}

// It belongs to a connection from here to elsewhere, which the kernel gave it to.
bool is_of_connection(const Server& instance) {
    if (listens(instance) || can_bind(instance, Reuse::kYes)) return false;
    const auto clients = port_clients({instance.app_port});
    return clients && !clients->addresses.empty();
}

}  // namespace

ChildOutput InstanceStarts::output() const {
    return {.out = request_->keeps_output_apart ? STDERR_FILENO : -1, .err = -1};
}

void InstanceStarts::fail_one(InstanceRestart& one, Error why) const {
    tell({.step = RestartStep::kFailed, .servers = {one.server.name}, .text = why.text});
    one.failure = std::move(why);
}

void InstanceStarts::start(const Ones& all) {
    Ones tried = all;
    for (int tries = 1; !tried.empty(); ++tries) {
        if (auto chosen = choose_ports(tried); !chosen)
            for (InstanceRestart* one : tried) fail_one(*one, chosen.error());
        std::erase_if(tried, [](const InstanceRestart* one) { return one->failure.has_value(); });
        run_starts(tried);
        wait_for_apps(tried);
        Ones again;
        for (InstanceRestart* one : tried) {
            if (one->is_up) continue;
            stop_fresh(*one);
            if (*is_interrupted_ || !is_taken(*one)) continue;
            taken_.insert(one->fresh.app_port);
            one->failure->text += fmt::format("; port {} is somebody else's", one->fresh.app_port.host());
            if (tries == kMostTries) continue;
            context_->report(fmt::format("{}: {}; another port is tried", one->server.name, one->failure->text));
            one->failure.reset();
            again.push_back(one);
        }
        tried = std::move(again);
    }
}

// One that finds none fails, and the others go on. Errors: of the table.
Result<void> InstanceStarts::choose_ports(const Ones& all) {
    const auto opened = open_table(*context_, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    for (InstanceRestart* one : all) {
        auto others = ports_of_others(opened->table, one->server.name);
        if (!others) return tl::unexpected(std::move(others.error()));
        others->insert(taken_.begin(), taken_.end());
        others->insert(one->old.app_port);
        one->claim.reset();
        auto claim = claim_free_port(one->server, one->led_to, *others);
        if (!claim) {
            fail_one(*one, std::move(claim.error()));
            continue;
        }
        one->claim.emplace(std::move(*claim));
        one->fresh = one->server;
        one->fresh.app_port = one->claim->port();
        one->app.emplace(one->fresh, *request_, *context_);
        one->missing.clear();
    }
    return {};
}

void InstanceStarts::run_starts(const Ones& tried) {
    std::vector<CommandRun> runs;
    std::vector<std::string> names;
    for (const InstanceRestart* one : tried) {
        names.push_back(one->server.name);
        runs.push_back({.server = one->server.name, .command = shell_command(request_->handover->start, one->fresh)});
    }
    if (runs.empty()) return;
    tell({.step = RestartStep::kStartBegun, .servers = names});
    const nanoseconds end = context_->now().boot + request_->timeout;
    const auto in_time = [&]() -> Result<void> {
        if (context_->now().boot < end) return {};
        return fail(Errc::kFailed, fmt::format("timed out after {}: {} has to end once the app is started",
                                               format_elapsed(request_->timeout), context_->option("start")));
    };
    const auto has_ended = [&](const CommandRun& run) {
        tell({.step = RestartStep::kStartEnded, .servers = {run.server}, .has_succeeded = run.status == 0});
    };
    auto done = run_commands(runs, output(), in_time, has_ended, *context_);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool has_failed = runs[i].error || runs[i].status.value_or(0) != 0;
        if (!done && (*is_interrupted_ || !runs[i].status))
            fail_one(*tried[i], done.error());
        else if (has_failed)
            fail_one(*tried[i], *failure_of(runs[i]));
    }
}

Result<std::string> InstanceStarts::missing_of(InstanceRestart& one) const {
    const auto port = one.fresh.app_port.host();
    if (!listens(one.fresh))
        return fmt::format("nothing listens on port {}: the start failed, or the app listens elsewhere", port);
    std::string missing = one.app->missing_of_any();
    if (!missing.empty()) return missing;
    return missing_registration(one.fresh, *context_);
}

// Says each that is up; whether all are that can be.
bool InstanceStarts::look_at_apps(const Ones& tried, nanoseconds passed) {
    bool is_over = true;
    for (InstanceRestart* one : tried) {
        if (one->failure || one->is_up) continue;
        auto missing = missing_of(*one);
        if (!missing) {
            fail_one(*one, std::move(missing.error()));
            continue;
        }
        one->missing = std::move(*missing);
        one->is_up = one->missing.empty();
        if (one->is_up) {
            context_->report(fmt::format("{}: the new instance answers on port {} after {}", one->server.name,
                                         one->fresh.app_port.host(), format_elapsed(passed)));
            tell({.step = RestartStep::kAppUp, .servers = {one->server.name}});
        } else if (is_of_connection(one->fresh)) {
            fail_one(*one, Error{make_error_code(Errc::kFailed), one->missing});
            continue;
        }
        is_over = is_over && one->is_up;
    }
    return is_over;
}

void InstanceStarts::wait_for_apps(const Ones& tried) {
    const nanoseconds began = context_->now().boot;
    for (;;) {
        const nanoseconds before = context_->now().boot;
        if (look_at_apps(tried, before - began)) return;
        const nanoseconds now = context_->now().boot;
        const auto pause =
            std::clamp(std::chrono::ceil<milliseconds>((now - before) * kLookShare), kShortestAppLook, kLongestAppLook);
        const bool has_time = now - began < request_->timeout;
        if (has_time && context_->pause(pause)) continue;
        const std::string why =
            has_time ? "interrupted" : fmt::format("timed out after {}", format_elapsed(request_->timeout));
        for (InstanceRestart* one : tried)
            if (!one->failure && !one->is_up)
                fail_one(*one, Error{make_error_code(has_time ? Errc::kInterrupted : Errc::kFailed),
                                     fmt::format("{}: {}", why, one->missing)});
        return;
    }
}

std::optional<Error> InstanceStarts::run_line(std::string_view line, const Server& instance) {
    CommandRun run{.server = instance.name, .command = shell_command(line, instance)};
    auto done = run_commands(
        {&run, 1}, output(), [] { return Result<void>(); }, [](const CommandRun&) {}, *context_);
    return done ? failure_of(run) : std::optional(std::move(done.error()));
}

void InstanceStarts::stop_fresh(InstanceRestart& one) {
    one.is_up = false;
    tell({.step = RestartStep::kStopBegun, .servers = {one.server.name}});
    const auto failed = run_line(request_->handover->stop, one.fresh);
    tell({.step = RestartStep::kStopEnded, .servers = {one.server.name}, .has_succeeded = !failed});
    if (failed) one.failure->text += "; its stop failed: " + failed->text;
}

// What was stopped may take a moment to end.
bool InstanceStarts::is_taken(const InstanceRestart& one) const {
    const nanoseconds end = context_->now().boot + kUntilFree;
    while (!can_bind(one.fresh, Reuse::kYes)) {
        if (context_->now().boot >= end) return true;
        if (!context_->pause(kFreeLook)) return false;
    }
    return false;
}

Result<void> InstanceStarts::stop_old(const Ones& moved) {
    std::vector<CommandRun> runs;
    std::vector<std::string> names;
    for (const InstanceRestart* one : moved) {
        names.push_back(one->server.name);
        runs.push_back({.server = one->server.name, .command = shell_command(request_->handover->stop, one->old)});
    }
    tell({.step = RestartStep::kStopBegun, .servers = names});
    const auto has_ended = [&](const CommandRun& run) {
        tell({.step = RestartStep::kStopEnded, .servers = {run.server}, .has_succeeded = run.status == 0});
    };
    auto done = run_commands(
        runs, output(), [] { return Result<void>(); }, has_ended, *context_);
    if (!done) return done;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        auto failed = failure_of(runs[i]);
        if (!failed) continue;
        failed->text += fmt::format("; the new instance on port {} serves, the old one may be left on port {}",
                                    moved[i]->fresh.app_port.host(), moved[i]->old.app_port.host());
        if (moved[i]->old_listens)
            fail_one(*moved[i], std::move(*failed));
        else
            context_->report(fmt::format("{}: {}", moved[i]->server.name, failed->text));
    }
    return {};
}

}  // namespace zdr
