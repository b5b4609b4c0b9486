#include "ctl/command_context.h"

#include <fmt/core.h>

#include "zdr/base/text.h"

namespace zdr::ctl {

Context make_context(const Options& options, Env& env) {
    Context out;
    out.state_dir = options.state_dir;
    out.haproxy = options.haproxy;
    out.user = [&env] { return env.user(); };
    out.now = [&env] { return env.now(); };
    out.pause = [&env](std::chrono::milliseconds time) { return env.pause(time); };
    out.log = [&env](std::string_view line) { env.journal(line); };
    const auto tell = [&env](std::string_view line) { env.err(fmt::format("{}\n", printable(line))); };
    if (!options.quiet) out.report = tell;
    if (options.verbose) out.report_detail = tell;
    if (!options.quiet && env.err_is_terminal())
        out.report_pending = [&env](std::string_view line) {
            env.err(line.empty() ? "\x1b[2K" : fmt::format("{}\r", printable(line)));
        };
    return out;
}

}  // namespace zdr::ctl
