#include "zdr/control/restart/batch_restart.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "zdr/base/boot_clock.h"
#include "zdr/base/duration.h"
#include "zdr/control/checks_of.h"
#include "zdr/control/restart/app.h"
#include "zdr/control/restart/command.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"
#include "zdr/model/flip.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLook(50);      // between two looks at an app that starts, at least
constexpr milliseconds kAnswer(1000);  // for one answer of the app

ChildOutput output_of(const RestartRequest& request) {
    return {.out = request.keeps_output_apart ? STDERR_FILENO : -1, .err = -1};
}

void add_error(std::optional<Error>& error, Error more) {
    if (error)
        error->text += "; " + more.text;
    else
        error = std::move(more);
}

}  // namespace

BatchRestart::BatchRestart(std::span<const Server> servers, const RestartRequest& request, const Context& context)
    : request_(&request), context_(context) {
    context_.pause = [this, pause = context.pause](milliseconds time) {
        const bool goes_on = pause(time);
        is_interrupted_ = is_interrupted_ || !goes_on;
        return goes_on;
    };
    for (const Server& server : servers) {
        all_.push_back({.server = &server, .app = NewApp(server, request, context_)});
        names_.push_back(server.name);
    }
}

Result<void> BatchRestart::run() {
    auto done = run_steps();
    // At the end: a daemon that starts gives the output up only after a while.
    if (began_) report_output_holder(*began_, context_);
    return done;
}

Result<void> BatchRestart::run_steps() {
    // A server that is down already is restarted all the same: that may be what mends it.
    for (const One& one : all_)
        if (!connects(*one.server, kAnswer))
            say(*one.server, fmt::format("nothing accepts on port {} now; it is restarted all the same",
                                         one.server->app_port.host()));
    if (auto done = take_out(); !done) return done;
    if (auto done = wait_until_idle(); !done) return done;
    if (auto held = lease_->confirm(); !held) return held;
    if (auto done = run_all_commands(); !done) return done;
    if (auto done = wait_for_apps(); !done) return done;
    auto back = take_back();
    for (One& one : all_)
        if (one.failure && request_->rollback && !is_interrupted_) roll_back(one);
    auto failed = failure();
    if (failed || back) return failed ? back : failed;
    failed.error().text += "; " + back.error().text;
    return failed;
}

void BatchRestart::fail_one(One& one, std::optional<Error> why) const {
    one.failure = std::move(why);
    if (one.failure) tell({.step = RestartStep::kFailed, .servers = {one.server->name}, .text = one.failure->text});
}

// Those of all servers, in one.
Result<void> BatchRestart::failure() const {
    std::optional<Error> out;
    for (const One& one : all_)
        if (one.failure) add_error(out, Error(*one.failure).with(one.server->name));
    if (out) return tl::unexpected(std::move(*out));
    return {};
}

Result<void> BatchRestart::wait_for_goal(State state, const std::vector<std::string>& names) {
    auto waited = wait_for_checkers(names,
                                    {.goal = state == State::kReady ? Goal::kReady : Goal::kDrained,
                                     .timeout = request_->timeout,
                                     .other_state = OtherState::kFails,
                                     .unchecked = request_->unchecked,
                                     .meanwhile = [&] { return lease_->renew(); }},
                                    context_);
    if (waited) tell({.step = RestartStep::kAcknowledged, .servers = names, .state = state});
    return waited;
}

// First new clients, then, where HAProxy can be told so, those that it knows.
Result<void> BatchRestart::take_out() {
    const auto haproxy = ask_haproxies_about(names_, context_);
    if (!haproxy) return tl::unexpected(haproxy.error());
    if (!request_->unchecked)
        if (auto checked = require_checkers(names_, State::kMaint, *haproxy, context_); !checked) return checked;
    auto taken = Lease::take(names_, request_->lease, context_);
    if (!taken) return tl::unexpected(std::move(taken.error()));
    lease_.emplace(std::move(*taken));
    tell({.step = RestartStep::kFlipped, .servers = names_, .state = State::kDrain});
    if (auto drained = wait_for_goal(State::kDrain, names_); !drained) return drained;
    const bool keeps_known = std::any_of(all_.begin(), all_.end(), [](const One& one) {
        return one.server->backup_status_port || one.server->drain_port;
    });
    if (!keeps_known) return {};
    if (auto set = lease_->set(State::kMaint); !set) return set;
    tell({.step = RestartStep::kFlipped, .servers = names_, .state = State::kMaint});
    return wait_for_goal(State::kMaint, names_);
}

// Sessions that stay busy for longer than they are given, and such as cannot be counted, are left to the command, which
// is to end them gracefully.
Result<void> BatchRestart::wait_until_idle() {
    auto idle = zdr::wait_until_idle(
        names_, IfMissing::kRemovedMeanwhile, request_->idle_timeout, [&] { return lease_->renew(); }, context_);
    if (!idle) return tl::unexpected(std::move(idle.error()));
    const bool is_idle = idle->end == Idle::End::kIdle;
    tell({.step = is_idle ? RestartStep::kIdle : RestartStep::kBusy, .servers = names_, .text = idle->text});
    if (is_idle) return {};
    if (request_->fails_if_busy) return fail(Errc::kTimedOut, std::move(idle->text));
    context_.report(fmt::format("{}; it goes on", idle->text));
    return {};
}

// All at once; their output is shown as it comes.
Result<void> BatchRestart::run_all_commands() {
    std::vector<CommandRun> runs;
    for (One& one : all_) {
        if (auto begun = one.app.begin(); !begun) return begun;
        runs.push_back({.server = one.server->name, .command = expand_command(request_->command, *one.server)});
        one.has_begun = true;
    }
    began_ = static_cast<std::uint64_t>(clock_ticks(context_.now().boot));
    tell({.step = RestartStep::kCommandBegun, .servers = names_});
    const auto has_ended = [&](const CommandRun& run) {
        tell({.step = RestartStep::kCommandEnded, .servers = {run.server}, .exit_status = run.status});
    };
    auto done = run_commands(
        runs, output_of(*request_), [&] { return lease_->renew(); }, has_ended, context_);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        all_[i].is_restarted = runs[i].status == 0;
        if (done) fail_one(all_[i], failure_of(runs[i]));
    }
    return done;
}

// Says each that is up; whether all are that can be.
Result<bool> BatchRestart::look_at_apps(nanoseconds passed) {
    bool is_over = true;
    for (One& one : all_) {
        if (one.failure || one.is_up) continue;
        auto missing = one.app.missing();
        if (!missing) return tl::unexpected(std::move(missing.error()));
        one.missing = std::move(*missing);
        one.is_up = one.missing.empty();
        if (one.is_up) {
            say(*one.server, fmt::format("accepts again after {}", format_elapsed(passed)));
            tell({.step = RestartStep::kAppUp, .servers = {one.server->name}});
        }
        is_over = is_over && one.is_up;
        if (auto renewed = lease_->renew(); !renewed) return tl::unexpected(std::move(renewed.error()));
    }
    return is_over;
}

Result<void> BatchRestart::wait_for_apps() {
    const auto began = context_.now().boot;
    for (;;) {
        const auto is_over = look_at_apps(context_.now().boot - began);
        if (!is_over) return tl::unexpected(is_over.error());
        if (*is_over) return {};
        milliseconds pause = kLook;
        const bool has_time = context_.now().boot - began < request_->timeout;
        const bool goes_on = has_time && [&] {
            for (const One& one : all_) pause = std::max(pause, one.app.pause());
            return context_.pause(pause);
        }();
        if (goes_on) continue;
        const std::string why =
            has_time ? "interrupted" : fmt::format("timed out after {}", format_elapsed(request_->timeout));
        for (One& one : all_)
            if (!one.failure && !one.is_up)
                fail_one(one, Error{make_error_code(has_time ? Errc::kInterrupted : Errc::kTimedOut),
                                    fmt::format("{}: {}", why, one.missing)});
        return has_time ? failure() : Result<void>();
    }
}

const std::vector<std::string>& BatchRestart::leave() {
    if (lease_ && left_.empty()) left_ = lease_->leave();
    return left_;
}

Result<void> BatchRestart::take_back() {
    std::vector<One*> up;
    for (One& one : all_)
        if (one.is_up) up.push_back(&one);
    auto done = take_back(up);
    for (One* one : up) {
        // What listens before it has started for good may have ended since.
        if (!one->is_ready || !is_gone(*one->server, kAnswer)) continue;
        one->is_ready = false;
        fail_one(*one, Error{make_error_code(Errc::kFailed),
                             fmt::format("its new app was ready, and now nothing accepts on port {}",
                                         one->server->app_port.host())});
    }
    return done;
}

// Each by itself: what one has met meanwhile does not keep the others out.
Result<void> BatchRestart::take_back(const std::vector<One*>& which) {
    std::vector<std::string> names;
    std::vector<One*> released;
    std::optional<Error> error;
    for (One* one : which) {
        names.push_back(one->server->name);
        auto done = lease_->release({names.back()});
        if (done) {
            released.push_back(one);
            continue;
        }
        names.pop_back();
        add_error(error, std::move(done.error()));
    }
    if (!names.empty()) {
        tell({.step = RestartStep::kFlipped, .servers = names, .state = State::kReady});
        auto waited = wait_for_goal(State::kReady, names);
        for (One* one : released) one->is_ready = waited.has_value();
        if (!waited) add_error(error, std::move(waited.error()));
    }
    if (error) return tl::unexpected(std::move(*error));
    return {};
}

void BatchRestart::roll_back(One& one) {
    CommandRun run{.server = one.server->name, .command = shell_command(*request_->rollback, *one.server)};
    say(*one.server, fmt::format("{}; it is rolled back", one.failure->text));
    tell({.step = RestartStep::kRollbackBegun, .servers = {run.server}});
    auto done = run_commands(
        {&run, 1}, output_of(*request_), [&] { return lease_->renew(); }, [](const CommandRun&) {}, context_);
    std::optional<Error> failed = done ? failure_of(run) : std::optional(std::move(done.error()));
    if (!failed)
        if (auto waited = wait_after_rollback(one); !waited) failed = std::move(waited.error());
    one.is_rolled_back = !failed;
    tell({.step = RestartStep::kRollbackEnded, .servers = {run.server}, .has_succeeded = !failed});
    if (failed && failed->code == make_error_code(Errc::kInterrupted)) one.failure->code = failed->code;
    one.failure->text += failed ? "; its rollback failed: " + failed->text : "; it was rolled back";
}

// Until the app answers that the rollback has started, or left as it was, and the server is ready.
Result<void> BatchRestart::wait_after_rollback(One& one) {
    const auto began = context_.now().boot;
    one.app.begin_anew();
    for (std::string missing = one.app.missing_of_any(); !missing.empty(); missing = one.app.missing_of_any()) {
        if (context_.now().boot - began >= request_->timeout)
            return fail(Errc::kTimedOut,
                        fmt::format("timed out after {}: {}", format_elapsed(request_->timeout), missing));
        if (auto renewed = lease_->renew(); !renewed) return renewed;
        if (!context_.pause(kLook)) return fail(Errc::kInterrupted, "interrupted: " + missing);
    }
    const auto& held = lease_->names();
    if (std::find(held.begin(), held.end(), one.server->name) != held.end()) return take_back({&one});
    return wait_for_goal(State::kReady, {one.server->name});
}

std::vector<RestartedServer> BatchRestart::results() const {
    std::vector<RestartedServer> out;
    for (const One& one : all_) {
        const bool is_left = std::find(left_.begin(), left_.end(), one.server->name) != left_.end();
        auto result = RestartResult::kUntouched;
        if (one.is_rolled_back)
            result = RestartResult::kUntouched;
        else if (one.is_ready)
            result = RestartResult::kReady;
        else if (is_left && !one.is_restarted)
            result = RestartResult::kOut;
        else if (one.has_begun)
            result = RestartResult::kRestarted;
        out.push_back({one.server->name, result, one.is_rolled_back});
    }
    return out;
}

}  // namespace zdr
