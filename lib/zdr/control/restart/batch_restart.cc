#include "zdr/control/restart/batch_restart.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/control/checks_of.h"
#include "zdr/control/restart/app.h"
#include "zdr/control/restart/child.h"
#include "zdr/control/restart/listeners.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_health.h"
#include "zdr/control/wait_for_idle.h"
#include "zdr/model/flip.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook(50);         // between two looks at an app that starts
constexpr milliseconds kAnswer(1000);     // for one answer of the app
constexpr milliseconds kLongPause(1000);  // between two renewals of the lease, at most

std::string where(const Server& server) {
    return fmt::format("port {}", server.app_port.host());
}

std::string format_command(const std::vector<std::string>& command) {
    std::string out;
    for (const std::string& one : command) out += (out.empty() ? "" : " ") + one;
    return printable(out);
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
    for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

}  // namespace

std::string expand_placeholders(std::string_view text, const Server& server) {
    std::string out(text);
    replace_all(out, "{name}", server.name);
    replace_all(out, "{port}", fmt::format("{}", server.app_port.host()));
    const std::string address = server.addresses.empty() ? "127.0.0.1" : server.addresses.front().to_string();
    replace_all(out, "{address}", address.find(':') == address.npos ? address : fmt::format("[{}]", address));
    return out;
}

BatchRestart::BatchRestart(std::span<const Server> servers, const RestartRequest& request, const Context& context)
    : servers_(servers.begin(), servers.end()), request_(&request), context_(&context) {
    for (const Server& server : servers_) names_.push_back(server.name);
}

void BatchRestart::say(std::string_view who, std::string_view what) {
    context_->report(fmt::format("{}: {}", who, what));
}

Result<void> BatchRestart::run() {
    for (const Server& server : servers_) {
        look_at_app(server);
        auto before = listeners(server);
        if (!before) return tl::unexpected(std::move(before.error()));
        old_listeners_.push_back(std::move(*before));
    }
    if (auto done = take_out(); !done) return done;
    if (auto done = wait_until_idle(); !done) return done;
    if (auto done = run_commands(); !done) return done;
    for (const Server& server : servers_)
        if (auto done = wait_for_app(server); !done) return done;
    return take_back();
}

// A server that is down already is restarted all the same: that may be what mends it.
void BatchRestart::look_at_app(const Server& server) {
    if (!accepts(server, kAnswer))
        say(server.name, fmt::format("nothing accepts on {} now; it is restarted all the same", where(server)));
}

Result<void> BatchRestart::wait_for_goal(bool is_out) {
    return wait_for_checkers(names_,
                             {.goal = is_out ? Goal::kDrained : Goal::kReady,
                              .timeout = request_->timeout,
                              .other_state = OtherState::kFails,
                              .unchecked = request_->unchecked,
                              .meanwhile = [&]() -> Result<void> { return is_out ? lease_->renew() : Result<void>(); }},
                             *context_);
}

// First new clients, then, where HAProxy can be told so, those that it knows.
Result<void> BatchRestart::take_out() {
    if (!request_->unchecked)
        if (auto checked = require_checkers(names_, *context_); !checked) return checked;
    auto taken = Lease::take(names_, request_->lease, *context_);
    if (!taken) return tl::unexpected(std::move(taken.error()));
    lease_.emplace(std::move(*taken));
    is_out_ = true;
    if (auto drained = wait_for_goal(true); !drained) return drained;
    const bool has_backup = std::any_of(servers_.begin(), servers_.end(),
                                        [](const Server& server) { return server.backup_status_port.has_value(); });
    if (!has_backup) return {};
    if (auto set = lease_->set(State::kMaint); !set) return set;
    return wait_for_goal(true);
}

Result<void> BatchRestart::wait_until(const std::function<Result<bool>()>& condition, milliseconds within,
                                      const std::string& what) {
    const auto began = context_->now().boot;
    for (;;) {
        auto holds = condition();
        if (!holds) return tl::unexpected(std::move(holds.error()));
        if (*holds) return {};
        if (context_->now().boot - began >= within)
            return fail(Errc::kTimedOut, fmt::format("timed out after {}: {}", format_elapsed(within), what));
        if (auto renewed = lease_->renew(); !renewed) return renewed;
        if (!context_->pause(kLook)) return fail(Errc::kTimedOut, fmt::format("interrupted: {}", what));
    }
}

// All at once; their output is shown as it comes.
Result<void> BatchRestart::run_commands() {
    const auto began = context_->now().boot;
    std::vector<Child> children;
    std::vector<std::string> commands;
    for (const Server& server : servers_) {
        std::vector<std::string> command;
        for (const std::string& part : request_->command) command.push_back(expand_placeholders(part, server));
        auto child = Child::start(command);
        if (!child) return fail_with(server.name, std::move(child));
        children.push_back(std::move(*child));
        commands.push_back(format_command(command));
    }
    for (;;) {
        std::size_t ended = 0;
        for (std::size_t i = 0; i < children.size(); ++i) {
            const auto status = children[i].status();
            if (!status) continue;
            ++ended;
            if (*status != 0)
                return fail(Errc::kFailed, fmt::format("{}: {} exited {}", servers_[i].name, commands[i], *status));
        }
        if (ended == children.size()) break;
        if (auto renewed = lease_->renew(); !renewed) return renewed;
        if (context_->pause(kLongPause)) continue;
        for (const Child& child : children) child.stop();
        return fail(Errc::kFailed, fmt::format("interrupted while {} ran", commands.front()));
    }
    for (std::size_t i = 0; i < servers_.size(); ++i)
        say(servers_[i].name,
            fmt::format("{} done after {}", commands[i], format_elapsed(context_->now().boot - began)));
    return {};
}

// Where a listening socket was seen before, the one that counts is another: the old process may still be there.
Result<void> BatchRestart::wait_for_app(const Server& server) {
    const auto began = context_->now().boot;
    const auto& before = old_listeners_[static_cast<std::size_t>(&server - servers_.data())];
    const auto is_new = [&]() -> Result<bool> {
        if (before.empty() || request_->keeps_listener) return true;
        auto now = listeners(server);
        if (!now) return tl::unexpected(std::move(now.error()));
        return std::any_of(now->begin(), now->end(), [&](std::uint64_t one) { return !before.contains(one); });
    };
    const auto is_up = [&]() -> Result<bool> {
        auto fresh = is_new();
        if (!fresh || !*fresh) return fresh;
        if (!accepts(server, kAnswer) || !ask_health(server, kAnswer)) return false;
        if (!request_->ready_url) return true;
        const auto url = parse_url(expand_placeholders(*request_->ready_url, server));
        if (!url) return tl::unexpected(url.error());
        const auto status = http_status(*url, kAnswer);
        return status && *status >= 200 && *status < 400;
    };
    const auto what = fmt::format(
        "{}: no new listening socket on {} that accepts{}{}{}", server.name, where(server),
        server.check_uri.empty() ? "" : fmt::format(" and answers {} with 2xx or 3xx", server.check_uri),
        request_->ready_url ? " and whose --ready-url answers 2xx or 3xx" : "",
        before.empty() ? "" : " (a command that keeps the listening socket, such as a reload, needs --keep-listener)");
    if (auto up = wait_until(is_up, request_->timeout, what); !up) return up;
    say(server.name, fmt::format("accepts again after {}", format_elapsed(context_->now().boot - began)));
    return {};
}

std::vector<std::string> BatchRestart::leave() {
    return is_out_ ? lease_->leave() : std::vector<std::string>();
}

Result<void> BatchRestart::take_back() {
    if (auto released = lease_->release(); !released) return released;
    is_out_ = false;
    return wait_for_goal(false);
}

// Sessions that stay busy for longer than they are given, and such as cannot be counted, are left to the command, which
// is to end them gracefully.
Result<void> BatchRestart::wait_until_idle() {
    auto idle = zdr::wait_until_idle(
        names_, IfMissing::kRemovedMeanwhile, request_->idle_timeout, [&] { return lease_->renew(); }, *context_);
    if (!idle) return tl::unexpected(std::move(idle.error()));
    if (idle->end == Idle::End::kIdle) return {};
    if (request_->fails_if_busy) return fail(Errc::kTimedOut, std::move(idle->text));
    context_->report(fmt::format("{}; it goes on", idle->text));
    return {};
}

}  // namespace zdr
