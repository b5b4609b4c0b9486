// The command wait: what drain and ready do after the flip, on its own.
#include "ctl/command_table.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"

namespace zdr::ctl {
namespace {

struct WaitOptions {
    std::vector<std::string> names;
    std::optional<Goal> goal;  // none: idle
    std::chrono::milliseconds timeout;
};

Result<WaitOptions> read_options(const cli::Parsed& parsed) {
    const auto timeout = duration_of(parsed, "timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    WaitOptions out{.names = names_of(parsed), .goal = {}, .timeout = timeout->value_or(kDefaultTimeout)};
    if (parsed.value("for") != "idle") out.goal = parsed.value("for") == "ready" ? Goal::kReady : Goal::kDrained;
    return out;
}

Result<void> wait_for_idle(std::span<const std::string> names, std::chrono::milliseconds timeout,
                           const Context& context) {
    auto idle = wait_until_idle(names, IfMissing::kUnknownName, timeout, {}, context);
    if (!idle) return tl::unexpected(std::move(idle.error()));
    if (idle->end == Idle::End::kIdle) return {};
    return fail(idle->end == Idle::End::kBusy ? Errc::kTimedOut : Errc::kFailed, std::move(idle->text));
}

}  // namespace

Result<void> wait(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto options = read_options(parsed);
    if (!options) return tl::unexpected(options.error());
    env.stop_on_interrupt();
    const auto context = make_context(common, env);
    const auto names = expand_names(options->names, context);
    if (!names) return tl::unexpected(names.error());
    if (!options->goal) return wait_for_idle(*names, options->timeout, context);
    return wait_for_checkers(
        *names,
        {.goal = *options->goal, .timeout = options->timeout, .other_state = OtherState::kWaits, .meanwhile = {}},
        context);
}

}  // namespace zdr::ctl
