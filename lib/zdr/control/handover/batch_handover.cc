#include "zdr/control/handover/batch_handover.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "zdr/base/boot_clock.h"
#include "zdr/base/duration.h"
#include "zdr/control/checks_of.h"
#include "zdr/control/handover/instances.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/restart/command.h"

namespace zdr {
namespace {

bool is_served(const InstanceRestart& one) {
    return one.led.has_value();
}

void add_text(std::optional<Error>& error, Error more) {
    if (error)
        error->text += "; " + more.text;
    else
        error = std::move(more);
}

}  // namespace

BatchHandover::BatchHandover(std::span<const Server> servers, const RestartRequest& request, const Context& context)
    : request_(&request), context_(context), starts_(request, context_, is_interrupted_) {
    context_.pause = [this, pause = context.pause](std::chrono::milliseconds time) {
        const bool goes_on = pause(time);
        is_interrupted_ = is_interrupted_ || !goes_on;
        return goes_on;
    };
    for (const Server& server : servers) {
        InstanceRestart& one = all_.emplace_back();
        one.server = server;
        one.old = server;
    }
}

Result<void> BatchHandover::run() {
    const auto began = static_cast<std::uint64_t>(clock_ticks(context_.now().boot));
    auto done = run_steps();
    report_output_holder(began, context_);
    return done;
}

Result<void> BatchHandover::run_steps() {
    if (auto looked = look_at_servers(); !looked) return looked;
    Ones all;
    for (InstanceRestart& one : all_) all.push_back(&one);
    starts_.start(all);
    hand_over_all();
    wait_for_arrivals();
    if (auto done = end_old(); !done) return done;
    if (request_->rollback && !is_interrupted_)
        for (InstanceRestart& one : all_)
            if (one.failure && !is_served(one)) roll_back(one);
    return failure();
}

// Nothing is changed yet: whoever is not there, or not asked, is told before the first start.
Result<void> BatchHandover::look_at_servers() {
    std::vector<std::string> names;
    for (const InstanceRestart& one : all_) names.push_back(one.server.name);
    const auto found = look_at_instances(names, request_->lease.force, context_);
    if (!found) return tl::unexpected(found.error());
    std::vector<std::string> checked;
    for (std::size_t i = 0; i < all_.size(); ++i) {
        const Instances& now = (*found)[i];
        InstanceRestart& one = all_[i];
        one.server = now.server;
        one.old = now.serving;
        one.led_to = now.flip.active_port.value_or(now.server.app_port);
        one.old_listens = now.listens;
        one.is_asked = now.state == State::kReady && !now.server.unchecked && !request_->unchecked;
        if (one.is_asked && now.listens) checked.push_back(one.server.name);
        if (!now.listens)
            say(one,
                fmt::format("nothing accepts on port {} now; it is restarted all the same", one.old.app_port.host()));
    }
    if (checked.empty()) return {};
    const auto haproxy = ask_haproxies_about(checked, context_);
    if (!haproxy) return tl::unexpected(haproxy.error());
    return require_checkers(checked, State::kReady, *haproxy, context_);
}

void BatchHandover::hand_over_all() {
    for (InstanceRestart& one : all_) {
        if (!one.is_up) continue;
        const HandoverRequest request{
            .to = one.fresh.app_port, .from = one.led_to, .reason = request_->lease.reason, .waits = false};
        auto led = lead(one.server.name, request, context_);
        if (led) {
            one.led = std::move(*led);
            tell({.step = RestartStep::kHandedOver, .servers = {one.server.name}, .port = one.fresh.app_port});
            continue;
        }
        fail_one(one, std::move(led.error()));
        starts_.stop_fresh(one);
    }
}

void BatchHandover::wait_for_arrivals() {
    for (InstanceRestart& one : all_) {
        if (!is_served(one) || !one.is_asked) continue;
        auto arrived = wait_for_arrival(*one.led, request_->timeout, context_);
        if (arrived)
            tell({.step = RestartStep::kArrived, .servers = {one.server.name}, .port = one.fresh.app_port});
        else
            lead_back(one, std::move(arrived.error()));
    }
}

// Only where nothing has arrived: else its connections would be cut off.
void BatchHandover::lead_back(InstanceRestart& one, Error why) {
    if (why.code != make_error_code(Errc::kTimedOut) || !one.old_listens) {
        why.text += fmt::format("; the old instance is left on port {}", one.old.app_port.host());
        return fail_one(one, std::move(why));
    }
    const HandoverRequest request{
        .to = one.led_to, .from = one.fresh.app_port, .reason = request_->lease.reason, .waits = false, .force = true};
    auto led = lead(one.server.name, request, context_);
    if (!led) {
        why.text += "; " + led.error().text;
        return fail_one(one, std::move(why));
    }
    one.led.reset();
    const std::string waited = format_elapsed(request_->timeout);
    fail_one(one, Error{why.code, fmt::format("no connection arrived at port {} within {}, so it was led back",
                                              one.fresh.app_port.host(), waited)});
    starts_.stop_fresh(one);
}

// Sessions that stay busy for longer than they are given are left to the command, which is to end them gracefully.
Result<void> BatchHandover::end_old() {
    Ones moved;
    std::vector<std::string> names;
    std::vector<Server> old;
    for (InstanceRestart& one : all_) {
        if (!is_served(one) || one.failure) continue;
        moved.push_back(&one);
        names.push_back(one.server.name);
        if (one.old_listens) old.push_back(one.old);
    }
    if (moved.empty()) return {};
    auto idle = wait_until_instances_idle(old, request_->idle_timeout, context_);
    if (!idle) return leave_old(moved, std::move(idle.error()));
    const bool is_idle = idle->end == Idle::End::kIdle;
    tell({.step = is_idle ? RestartStep::kIdle : RestartStep::kBusy, .servers = names, .text = idle->text});
    if (!is_idle && request_->fails_if_busy)
        return leave_old(moved, Error{make_error_code(Errc::kTimedOut), std::move(idle->text)});
    if (!is_idle) context_.report(fmt::format("{}; it goes on", idle->text));
    return starts_.stop_old(moved);
}

// The new instances serve, and the old ones run still.
Result<void> BatchHandover::leave_old(const Ones& moved, Error why) {
    for (const InstanceRestart* one : moved)
        why.text +=
            fmt::format("; the new instance of {} serves, and the old one is left on port {}: {}", one->server.name,
                        one->old.app_port.host(), format_command(shell_command(request_->handover->stop, one->old)));
    auto failed = failure();
    if (!failed) why.text = failed.error().text + "; " + why.text;
    return tl::unexpected(std::move(why));
}

// What the old instance goes on with is to be what it was started from.
void BatchHandover::roll_back(InstanceRestart& one) {
    say(one, fmt::format("{}; it is rolled back", one.failure->text));
    tell({.step = RestartStep::kRollbackBegun, .servers = {one.server.name}});
    auto failed = starts_.run_line(*request_->rollback, one.old);
    one.is_rolled_back = !failed;
    tell({.step = RestartStep::kRollbackEnded, .servers = {one.server.name}, .has_succeeded = !failed});
    one.failure->text += failed ? "; its rollback failed: " + failed->text : "; it was rolled back";
}

void BatchHandover::fail_one(InstanceRestart& one, Error why) const {
    tell({.step = RestartStep::kFailed, .servers = {one.server.name}, .text = why.text});
    one.failure = std::move(why);
}

// Those of all servers, in one.
Result<void> BatchHandover::failure() const {
    std::optional<Error> out;
    for (const InstanceRestart& one : all_)
        if (one.failure) add_text(out, Error(*one.failure).with(one.server.name));
    if (out) return tl::unexpected(std::move(*out));
    return {};
}

std::vector<RestartedServer> BatchHandover::results() const {
    std::vector<RestartedServer> out;
    for (const InstanceRestart& one : all_)
        out.push_back({.name = one.server.name,
                       .result = is_served(one) ? RestartResult::kReady : RestartResult::kUntouched,
                       .is_rolled_back = one.is_rolled_back});
    return out;
}

std::vector<Server> BatchHandover::serving() const {
    std::vector<Server> out;
    for (const InstanceRestart& one : all_) out.push_back(is_served(one) ? one.fresh : one.old);
    return out;
}

}  // namespace zdr
