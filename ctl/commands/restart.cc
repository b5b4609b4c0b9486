// The command restart: the whole sequence, server by server or batch by batch, that no client notices.
#include <fmt/core.h>

#include <charconv>

#include "ctl/command_table.h"
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

Result<RestartRequest> read_request(const cli::Parsed& parsed) {
    const auto timeout = duration_of(parsed, "timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    const auto idle_timeout = duration_of(parsed, "idle-timeout");
    if (!idle_timeout) return tl::unexpected(idle_timeout.error());
    const auto ttl = ttl_of(parsed);
    if (!ttl) return tl::unexpected(ttl.error());
    const auto ready_url = parsed.value("ready-url");
    if (ready_url)
        if (auto url = parse_url(expand_placeholders(*ready_url, Server{})); !url)
            return fail_with("--ready-url", std::move(url));
    return RestartRequest{.command = parsed.after,
                          .timeout = timeout->value_or(kDefaultTimeout),
                          .idle_timeout = idle_timeout->value_or(kDefaultIdleTimeout),
                          .fails_if_busy = parsed.value("on-busy") == "fail",
                          .ready_url = ready_url,
                          .keeps_listener = parsed.flag("keep-listener"),
                          .unchecked = parsed.flag("unchecked"),
                          .lease = {.reason = parsed.value("reason").value_or(""),
                                    .ttl = ttl->value_or(kDefaultLease),
                                    .force = parsed.flag("force")}};
}

}  // namespace

Result<void> restart(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto request = read_request(parsed);
    if (!request) return tl::unexpected(request.error());
    const auto size = parse_batch_size(parsed.value("batch").value_or("1"));
    if (!size) return tl::unexpected(size.error());
    const auto context = make_context(common, env);
    const auto batches = plan_restart(names_of(parsed), *size, request->lease.force, context);
    if (!batches) return tl::unexpected(batches.error());
    if (parsed.flag("dry-run")) return env.out(format_plan(*batches, *request));
    env.stop_on_interrupt();
    return restart_servers(*batches, *request, context);
}

}  // namespace zdr::ctl
