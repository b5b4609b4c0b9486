// The command metrics.
#include "ctl/command_table.h"
#include "ctl/status/metrics_text.h"
#include "ctl/status/read_status.h"

namespace zdr::ctl {
namespace {

Result<Status> read_all(const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    return read_status(*opened, {});
}

}  // namespace

Result<void> metrics(const cli::Parsed&, const CommonOptions& common, Env& env) {
    const auto status = read_all(make_context(common, env));
    if (status) return unless_reader_left(env.out(format_metrics(*status, env.now())));
    if (status.error().code == make_error_code(Errc::kNotLoaded))
        if (auto shown = env.out(format_metrics_not_loaded()); !shown) return shown;
    return tl::unexpected(status.error());
}

}  // namespace zdr::ctl
