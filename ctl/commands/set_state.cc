// The commands drain, maint and ready: one body, three states. What is flipped is waited for, unless --no-wait.
#include "zdr/control/set_state.h"

#include <fmt/core.h>

#include "ctl/command_table.h"

namespace zdr::ctl {
namespace {

Result<StateRequest> read_request(State state, const cli::Parsed& parsed) {
    const auto timeout = duration_of(parsed, "timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    const auto ttl = ttl_of(parsed);
    if (!ttl) return tl::unexpected(ttl.error());
    return StateRequest{.state = state,
                        .reason = parsed.value("reason"),
                        .ttl = *ttl,
                        .until_listening = parsed.flag("until-listening"),
                        .force = parsed.flag("force"),
                        .waits = !parsed.flag("no-wait"),
                        .timeout = timeout->value_or(kDefaultTimeout),
                        .unchecked = parsed.flag("unchecked")};
}

Result<void> set(State state, const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto request = read_request(state, parsed);
    if (!request) return tl::unexpected(request.error());
    if (request->waits) env.stop_on_interrupt();
    return set_state(names_of(parsed), *request, make_context(common, env));
}

}  // namespace

Result<void> drain(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    return set(State::kDrain, parsed, common, env);
}
Result<void> maint(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    return set(State::kMaint, parsed, common, env);
}
Result<void> ready(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    return set(State::kReady, parsed, common, env);
}

}  // namespace zdr::ctl
