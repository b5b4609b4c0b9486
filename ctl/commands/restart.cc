// The command restart: the whole sequence, server by server or batch by batch, that no client notices.
#include <fmt/core.h>

#include <charconv>

#include "ctl/command_context.h"
#include "zdr/base/text.h"
#include "zdr/control/restart/app.h"
#include "zdr/control/restart/restart_servers.h"

namespace zdr::ctl {
namespace {

// "1", "3" or "50%"
Result<BatchSize> parse_batch_size(const std::string& text) {
    BatchSize out;
    out.is_percentage = text.ends_with('%');
    const char* end = text.data() + text.size() - (out.is_percentage ? 1 : 0);
    const auto [stop, error] = std::from_chars(text.data(), end, out.number);
    if (error != std::errc() || stop != end || out.number == 0 || (out.is_percentage && out.number > 100))
        return fail(Errc::kUsage, fmt::format("--batch {} is neither a number of servers nor a percentage (1% to 100%)",
                                              in_quotes(text)));
    return out;
}

Result<RestartRequest> make_request(const Options& options) {
    if (options.command.empty()) return fail(Errc::kUsage, "no command is given; it stands after --");
    if (options.on_busy && *options.on_busy != "continue" && *options.on_busy != "fail")
        return fail(Errc::kUsage,
                    fmt::format("--on-busy {} is neither continue nor fail", in_quotes(*options.on_busy)));
    if (options.ready_url)
        if (auto url = parse_url(expand_placeholders(*options.ready_url, Server{})); !url)
            return fail_with("--ready-url", std::move(url));
    return RestartRequest{
        .command = options.command,
        .timeout = options.timeout.value_or(kDefaultTimeout),
        .idle_timeout = options.idle_timeout.value_or(kDefaultIdleTimeout),
        .fails_if_busy = options.on_busy == "fail",
        .ready_url = options.ready_url,
        .keeps_listener = options.keep_listener,
        .lease = {
            .reason = options.reason.value_or(""), .ttl = options.ttl.value_or(kDefaultLease), .force = options.force}};
}

}  // namespace

Result<void> restart(const Options& options, Env& env) {
    const auto request = make_request(options);
    if (!request) return tl::unexpected(request.error());
    const auto size = parse_batch_size(options.batch.value_or("1"));
    if (!size) return tl::unexpected(size.error());
    const auto context = make_context(options, env);
    const auto batches = plan_restart(options.names, *size, options.force, context);
    if (!batches) return tl::unexpected(batches.error());
    if (options.dry_run) return env.out(format_plan(*batches, *request));
    env.stop_on_interrupt();
    return restart_servers(*batches, *request, context);
}

}  // namespace zdr::ctl
