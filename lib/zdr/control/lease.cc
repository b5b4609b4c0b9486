#include "zdr/control/lease.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "zdr/control/flip_servers.h"
#include "zdr/control/soft_drain/drain_port.h"
#include "zdr/model/server.h"

namespace zdr {
namespace {

Error held_by(const FoundServer& found, const Context& context) {
    return {make_error_code(Errc::kUnsafe),
            fmt::format("{} is being restarted by {} (process {}); wait until that is done, or pass it over with {}",
                        format_name(found.entry.server.name), found.before.by, found.before.holder->pid,
                        context.option("force"))};
}

Error undone(const FoundServer& found, const Flip& mine) {
    const auto name = format_name(found.entry.server.name);
    // The record of a flip goes with its server and not otherwise.
    if (found.before.since_boot.count() == 0) return replaced_meanwhile(found.entry.server.name);
    if (found.before.holder == mine.holder)
        return {make_error_code(Errc::kFailed),
                fmt::format("the time for which {} was held is over, and it is ready again", name)};
    return {make_error_code(Errc::kFailed), fmt::format("{} was made {} by {} meanwhile", name, to_string(found.was),
                                                        found.before.by.empty() ? "somebody" : found.before.by)};
}

}  // namespace

Result<Lease> Lease::take(std::vector<std::string> names, const LeaseRequest& request, const Context& context) {
    User user = context.user();
    auto record = make_flip(State::kDrain, user.uid, std::move(user.name), request.reason);
    if (!record) return tl::unexpected(std::move(record.error()));
    auto self = this_process();
    if (!self) return tl::unexpected(std::move(self.error()));
    if (auto checked = check_drain_ports(names, IfMissing::kRemovedMeanwhile, context); !checked)
        return tl::unexpected(std::move(checked.error()));
    record->holder = *self;
    Lease lease(std::move(names), request.ttl, context, std::move(*record));
    const FlipRequest flip{.record = lease.record_,
                           .ttl = request.ttl,
                           .skip_unchanged = false,
                           .preserve_since = true,
                           .if_missing = IfMissing::kRemovedMeanwhile,
                           .force = request.force,
                           .check = [&](const FoundServer& found) -> Result<void> {
                               const auto& holder = found.before.holder;
                               if (request.force || found.was == State::kReady || !holder) return {};
                               if (!is_running(*holder)) return {};
                               return tl::unexpected(held_by(found, context));
                           }};
    const auto taken = flip_servers(lease.names_, flip, context);
    if (!taken) return tl::unexpected(taken.error());
    log_flips(*taken, context);
    lease.state_ = State::kDrain;
    lease.renewed_boot_ = context.now().boot;
    return lease;
}

Result<void> Lease::write(std::span<const std::string> names, State state, After after) {
    const bool is_held = after == After::kHeld;
    Flip record = record_;
    record.state = state;
    if (!is_held) record.holder.reset();
    const FlipRequest request{.record = std::move(record),
                              .ttl = is_held ? std::optional(ttl_) : std::nullopt,
                              .skip_unchanged = false,
                              .preserve_since = true,
                              .if_missing = IfMissing::kRemovedMeanwhile,
                              .force = true,  // they are out already
                              .check = [&](const FoundServer& found) -> Result<void> {
                                  if (found.before.holder == record_.holder && found.was == state_) return {};
                                  return tl::unexpected(undone(found, record_));
                              }};
    const auto written = flip_servers(names, request, *context_);
    if (!written) return tl::unexpected(written.error());
    if (state != state_ || !is_held) log_flips(*written, *context_);
    if (!is_held) return {};
    state_ = state;
    renewed_boot_ = context_->now().boot;
    return {};
}

Result<void> Lease::set(State state) {
    return write(names_, state, After::kHeld);
}

Result<void> Lease::renew() {
    if (names_.empty() || context_->now().boot - renewed_boot_ < ttl_ / 3) return {};
    return write(names_, state_, After::kHeld);
}

Result<void> Lease::release(const std::vector<std::string>& names) {
    if (auto written = write(names, State::kReady, After::kFree); !written) return written;
    std::erase_if(names_,
                  [&](const std::string& one) { return std::find(names.begin(), names.end(), one) != names.end(); });
    return {};
}

std::vector<std::string> Lease::leave() {
    std::vector<std::string> left;
    for (const std::string& name : std::exchange(names_, {}))
        if (write({&name, 1}, state_, After::kFree)) left.push_back(name);
    return left;
}

}  // namespace zdr
