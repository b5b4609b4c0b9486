// The command wait: what drain and ready do after the flip, on its own.
#include <fmt/core.h>

#include "ctl/command_context.h"
#include "zdr/base/text.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"

namespace zdr::ctl {
namespace {

Result<Goal> goal_of(const Options& options) {
    if (!options.goal) return fail(Errc::kUsage, "--for is missing: drained, idle or ready");
    if (*options.goal == "drained") return Goal::kDrained;
    if (*options.goal == "ready") return Goal::kReady;
    return fail(Errc::kUsage, fmt::format("--for {} is none of drained, idle, ready", in_quotes(*options.goal)));
}

Result<void> wait_for_idle(std::span<const std::string> names, std::chrono::milliseconds timeout,
                           const Context& context) {
    auto idle = wait_until_idle(names, IfMissing::kUnknownName, timeout, {}, context);
    if (!idle) return tl::unexpected(std::move(idle.error()));
    if (idle->end == Idle::End::kIdle) return {};
    return fail(idle->end == Idle::End::kBusy ? Errc::kTimedOut : Errc::kFailed, std::move(idle->text));
}

}  // namespace

Result<void> wait(const Options& options, Env& env) {
    const bool is_idle = options.goal == "idle";
    const auto goal = is_idle ? Goal::kDrained : goal_of(options);
    if (!goal) return tl::unexpected(goal.error());
    env.stop_on_interrupt();
    const auto context = make_context(options, env);
    const auto names = expand_names(options.names, context);
    if (!names) return tl::unexpected(names.error());
    const auto timeout = options.timeout.value_or(kDefaultTimeout);
    if (is_idle) return wait_for_idle(*names, timeout, context);
    return wait_for_checkers(
        *names, {.goal = *goal, .timeout = timeout, .other_state = OtherState::kWaits, .meanwhile = {}}, context);
}

}  // namespace zdr::ctl
