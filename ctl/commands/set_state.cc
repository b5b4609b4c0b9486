// The commands drain, maint and ready: one body, three states. What is flipped is waited for, unless --no-wait.
#include "zdr/model/flip.h"

#include <fmt/core.h>

#include <string>
#include <vector>

#include "ctl/command_table.h"
#include "ctl/control/flip_servers.h"
#include "ctl/control/wait_for_checkers.h"
#include "ctl/text.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

std::string report(const Flipped& one, const FlipRequest& request) {
    const auto name = printable(one.found.entry.server.name);
    const State to = request.record.state;
    if (!one.changed) return fmt::format("{}: already {}\n", name, to_string(to));
    const auto lease =
        !request.ttl
            ? ""
            : fmt::format(" for {}", format_span(std::chrono::duration_cast<std::chrono::seconds>(*request.ttl)));
    if (one.found.was == to) return fmt::format("{}: {}{} again, with a new record\n", name, to_string(to), lease);
    return fmt::format("{}: {}{} (was {})\n", name, to_string(to), lease, to_string(one.found.was));
}

Result<void> flip_and_wait(State to, const Options& options, Env& env) {
    if (!options.no_wait) env.stop_on_interrupt();
    User user = env.user();
    auto record = make_flip(to, user.uid, std::move(user.name), options.reason.value_or(""));
    if (!record) return fail_with("--reason", std::move(record));
    const FlipRequest request{.record = std::move(*record),
                              .ttl = options.ttl,
                              .skip_unchanged = !options.reason && !options.ttl,
                              .preserve_since = false,
                              .force = options.force,
                              .check = {}};
    const auto flips = flip_servers(options.names, request, options, env);
    if (!flips) return tl::unexpected(flips.error());
    note(*flips, env);
    if (!options.quiet)
        for (const Flipped& one : *flips) env.err(report(one, request));
    if (options.no_wait) return {};
    std::vector<std::string> names;
    for (const Flipped& one : *flips) names.push_back(one.found.entry.server.name);
    return wait_for(names,
                    {.goal = to == State::kReady ? Goal::kReady : Goal::kDrained,
                     .timeout = options.timeout.value_or(kDefaultTimeout),
                     .other_state = OtherState::kFails,
                     .meanwhile = {}},
                    options, env);
}

}  // namespace

Result<void> drain(const Options& options, Env& env) {
    return flip_and_wait(State::kDrain, options, env);
}
Result<void> maint(const Options& options, Env& env) {
    return flip_and_wait(State::kMaint, options, env);
}
Result<void> ready(const Options& options, Env& env) {
    return flip_and_wait(State::kReady, options, env);
}

}  // namespace zdr::ctl
