// The command metrics.
#include "ctl/command_context.h"
#include "ctl/status/metrics_text.h"
#include "ctl/status/read_status.h"

namespace zdr::ctl {
namespace {

Result<Status> read_all(const Options& options, Env& env) {
    const auto opened = open_table(make_context(options, env), Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    return read_status(*opened, {});
}

}  // namespace

Result<void> metrics(const Options& options, Env& env) {
    if (!options.names.empty()) return fail(Errc::kUsage, "it is of all servers; none is to be named");
    const auto status = read_all(options, env);
    if (status) return env.out(format_metrics(*status, env.now()));
    if (status.error().code == make_error_code(Errc::kNotLoaded))
        if (auto shown = env.out(format_metrics_not_loaded()); !shown) return shown;
    return tl::unexpected(status.error());
}

}  // namespace zdr::ctl
