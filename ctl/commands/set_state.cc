// The commands drain, maint and ready: one body, three states. What is flipped is waited for, unless --no-wait.
#include "zdr/control/set_state.h"

#include "ctl/command_context.h"

namespace zdr::ctl {
namespace {

Result<void> set(State state, const Options& options, Env& env) {
    if (!options.no_wait) env.stop_on_interrupt();
    const StateRequest request{.state = state,
                               .reason = options.reason,
                               .ttl = options.ttl,
                               .force = options.force,
                               .waits = !options.no_wait,
                               .timeout = options.timeout.value_or(kDefaultTimeout)};
    return set_state(options.names, request, make_context(options, env));
}

}  // namespace

Result<void> drain(const Options& options, Env& env) {
    return set(State::kDrain, options, env);
}
Result<void> maint(const Options& options, Env& env) {
    return set(State::kMaint, options, env);
}
Result<void> ready(const Options& options, Env& env) {
    return set(State::kReady, options, env);
}

}  // namespace zdr::ctl
