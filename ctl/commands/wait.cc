// The command wait: what drain and ready do after the flip, on its own.
#include "ctl/command_table.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"

namespace zdr::ctl {
namespace {

Result<void> wait_for_idle(std::span<const std::string> names, std::chrono::milliseconds timeout,
                           const Context& context) {
    auto idle = wait_until_idle(names, IfMissing::kUnknownName, timeout, {}, context);
    if (!idle) return tl::unexpected(std::move(idle.error()));
    if (idle->end == Idle::End::kIdle) return {};
    return fail(idle->end == Idle::End::kBusy ? Errc::kTimedOut : Errc::kFailed, std::move(idle->text));
}

}  // namespace

Result<void> wait(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto given = duration_of(parsed, "timeout");
    if (!given) return tl::unexpected(given.error());
    const auto timeout = given->value_or(kDefaultTimeout);
    env.stop_on_interrupt();
    const auto context = make_context(common, env);
    const auto names = expand_names(names_of(parsed), context);
    if (!names) return tl::unexpected(names.error());
    const auto goal = parsed.value("for");
    if (goal == "idle") return wait_for_idle(*names, timeout, context);
    return wait_for_checkers(*names,
                             {.goal = goal == "ready" ? Goal::kReady : Goal::kDrained,
                              .timeout = timeout,
                              .other_state = OtherState::kWaits,
                              .meanwhile = {}},
                             context);
}

}  // namespace zdr::ctl
