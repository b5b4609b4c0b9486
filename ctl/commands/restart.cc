// The command restart: the whole sequence, server by server or batch by batch, that no client notices.
#include <fmt/core.h>

#include <charconv>

#include "ctl/command_table.h"
#include "ctl/commands/restart_json.h"
#include "ctl/plot/restart_plot.h"
#include "zdr/base/text.h"
#include "zdr/control/restart/command.h"
#include "zdr/control/restart/restart_servers.h"
#include "zdr/net/http.h"

namespace zdr::ctl {
namespace {

struct RestartOptions {
    std::vector<std::string> names;
    BatchSize batch;
    RestartRequest request;
    bool is_dry_run;
    bool is_json;
};

// Who follows a restart; null: nobody.
struct Followers {
    RestartJson* json = nullptr;
    RestartPlot* plot = nullptr;

    void note(const RestartEvent& event) const {
        if (json != nullptr) json->write(event);
        if (plot != nullptr) plot->note(event);
    }
};

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

// A number of servers, and how it goes on after them.
Result<Canary> read_canary(const cli::Parsed& parsed, Env& env) {
    Canary out;
    auto pause = duration_of(parsed, "canary-pause");
    if (!pause) return tl::unexpected(std::move(pause.error()));
    out.pause = *pause;
    const auto text = parsed.value("canary");
    if (!text && out.pause) return fail(Errc::kUsage, "--canary-pause is for --canary N");
    if (!text) return out;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, out.servers);
    if (error != std::errc() || stop != end || out.servers == 0)
        return fail(Errc::kUsage, fmt::format("--canary {} is not a number of servers", in_quotes(*text)));
    if (!out.pause && !env.can_ask())
        return fail(Errc::kUsage, "--canary asks on the terminal, and there is none: give --canary-pause TIME");
    out.ask = [&env](std::string_view question) -> std::optional<bool> {
        const auto line = env.ask(question);
        if (!line) return std::nullopt;
        return *line == "y" || *line == "Y" || *line == "yes";
    };
    return out;
}

// What a restart by a handover runs; none: one by a drain. Of either, what the other one needs is refused.
Result<std::optional<InstanceCommands>> read_handover(const cli::Parsed& parsed) {
    const auto start = parsed.value("start");
    const auto stop = parsed.value("stop");
    if (!parsed.flag("handover")) {
        if (start || stop) return fail(Errc::kUsage, fmt::format("--{} is for --handover", start ? "start" : "stop"));
        if (parsed.after.empty()) return fail(Errc::kUsage, "COMMAND is missing; it stands after --");
        return std::nullopt;
    }
    if (!parsed.after.empty()) return fail(Errc::kUsage, "--handover runs --start and --stop, and no COMMAND after --");
    for (const char* other : {"keep-listener", "keep-process", "ttl"})
        if (parsed.flag(other)) return fail(Errc::kUsage, fmt::format("--handover has no --{}", other));
    if (!start || !stop) return fail(Errc::kUsage, "--handover needs --start COMMAND and --stop COMMAND");
    return InstanceCommands{*start, *stop};
}

Result<RestartRequest> read_request(const cli::Parsed& parsed, Env& env) {
    const auto timeout = duration_of(parsed, "timeout");
    if (!timeout) return tl::unexpected(timeout.error());
    const auto idle_timeout = duration_of(parsed, "idle-timeout");
    if (!idle_timeout) return tl::unexpected(idle_timeout.error());
    const auto ttl = ttl_of(parsed);
    if (!ttl) return tl::unexpected(ttl.error());
    auto handover = read_handover(parsed);
    if (!handover) return tl::unexpected(std::move(handover.error()));
    auto canary = read_canary(parsed, env);
    if (!canary) return tl::unexpected(std::move(canary.error()));
    const auto ready_url = parsed.value("ready-url");
    if (ready_url)
        if (auto url = parse_url(expand_placeholders(*ready_url, Server{})); !url)
            return fail_with("--ready-url", std::move(url));
    return RestartRequest{.command = parsed.after,
                          .timeout = timeout->value_or(kDefaultTimeout),
                          .idle_timeout = idle_timeout->value_or(kDefaultIdleTimeout),
                          .fails_if_busy = parsed.value("on-busy") == "fail",
                          .ready_url = ready_url,
                          .ready_command = parsed.value("ready-command"),
                          .rollback = parsed.value("rollback"),
                          .keeps_listener = parsed.flag("keep-listener"),
                          .keeps_process = parsed.flag("keep-process"),
                          .keeps_output_apart = parsed.flag("json"),
                          .unchecked = parsed.flag("unchecked"),
                          .handover = std::move(*handover),
                          .canary = std::move(*canary),
                          .lease = {.reason = parsed.value("reason").value_or(""),
                                    .ttl = ttl->value_or(kDefaultLease),
                                    .force = parsed.flag("force")}};
}

Result<RestartOptions> read_options(const cli::Parsed& parsed, Env& env) {
    if (parsed.flag("dry-run") && parsed.flag("json")) return fail(Errc::kUsage, "--dry-run has no --json");
    auto request = read_request(parsed, env);
    if (!request) return tl::unexpected(std::move(request.error()));
    const auto batch = parse_batch_size(parsed.value("batch").value_or("1"));
    if (!batch) return tl::unexpected(batch.error());
    return RestartOptions{.names = names_of(parsed),
                          .batch = *batch,
                          .request = std::move(*request),
                          .is_dry_run = parsed.flag("dry-run"),
                          .is_json = parsed.flag("json")};
}

RestartOutcome run_restart(const Batches& batches, const RestartRequest& request, const Followers& followers,
                           const Context& context) {
    if (followers.json != nullptr) followers.json->begin(batches);
    RestartOutcome out = restart_servers(batches, request, context);
    if (followers.plot == nullptr) return out;
    auto drawn = followers.plot->end(out, context);
    if (drawn) return out;
    if (out.error)
        out.error->text += "; " + drawn.error().text;
    else
        out.error = std::move(drawn.error()).with("all is done, but");
    return out;
}

RestartOutcome restart_all(const RestartOptions& options, const Context& context, Env& env,
                           const Followers& followers) {
    RestartRequest request = options.request;
    request.on_event = [&followers](const RestartEvent& event) { followers.note(event); };
    const auto batches = plan_restart(options.names, options.batch, request, context);
    if (!batches) return {.servers = {}, .error = batches.error()};
    if (auto checked = check_restart(*batches, request, context); !checked)
        return refused_restart(*batches, std::move(checked.error()));
    if (options.is_dry_run) {
        if (auto shown = env.out(format_plan(*batches, request)); !shown)
            return refused_restart(*batches, std::move(shown.error()));
        return {};
    }
    env.stop_on_interrupt();
    if (followers.plot != nullptr)
        if (auto begun = followers.plot->begin(*batches, context); !begun)
            return refused_restart(*batches, std::move(begun.error()));
    return run_restart(*batches, request, followers, context);
}

Result<std::optional<RestartPlot>> open_plot(const cli::Parsed& parsed) {
    const auto file = parsed.value("plot");
    if (!file) return std::nullopt;
    if (parsed.flag("dry-run")) return fail(Errc::kUsage, "--dry-run has no --plot");
    auto plot = RestartPlot::open(*file);
    if (!plot) return tl::unexpected(std::move(plot.error()));
    return std::optional<RestartPlot>(std::move(*plot));
}

}  // namespace

Result<void> restart(const cli::Parsed& parsed, const CommonOptions& common, Env& env) {
    const auto options = read_options(parsed, env);
    if (!options) return tl::unexpected(options.error());
    auto plot = open_plot(parsed);
    if (!plot) return tl::unexpected(std::move(plot.error()));
    RestartJson json(env);
    const Followers followers{.json = options->is_json ? &json : nullptr, .plot = *plot ? &**plot : nullptr};
    auto outcome = restart_all(*options, make_context(common, env), env, followers);
    if (options->is_json)
        if (auto shown = json.end(outcome); !shown && !outcome.error) return shown;
    if (outcome.error) return tl::unexpected(std::move(*outcome.error));
    return {};
}

}  // namespace zdr::ctl
