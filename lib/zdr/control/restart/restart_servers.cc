#include "zdr/control/restart/restart_servers.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/duration.h"
#include "zdr/base/text.h"
#include "zdr/control/handover/batch_handover.h"
#include "zdr/control/handover/instances.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/min_ready.h"
#include "zdr/control/restart/app.h"
#include "zdr/control/restart/batch_restart.h"
#include "zdr/control/restart/command.h"
#include "zdr/control/restart/preflight.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/wait_for_health.h"

namespace zdr {
namespace {

constexpr std::chrono::milliseconds kCanaryLook(1000);
constexpr std::chrono::milliseconds kCanaryAnswer(1000);

std::string join(std::span<const std::string> texts, std::string_view between) {
    std::string out;
    for (const std::string& one : texts) out.append(out.empty() ? "" : between).append(one);
    return out;
}

std::vector<Server> all_servers(std::span<const std::vector<Server>> batches) {
    std::vector<Server> out;
    for (const std::vector<Server>& batch : batches) out.insert(out.end(), batch.begin(), batch.end());
    return out;
}

std::vector<std::string> names_of(std::span<const std::vector<Server>> batches) {
    std::vector<std::string> out;
    for (Server& server : all_servers(batches)) out.push_back(std::move(server.name));
    return out;
}

// "; ready: webA; untouched: webB"
std::string format_results(const std::vector<RestartedServer>& all) {
    std::string out;
    const auto add = [&](std::string_view title, const auto& belongs) {
        std::vector<std::string> names;
        for (const RestartedServer& one : all)
            if (belongs(one)) names.push_back(one.name);
        if (!names.empty()) out += fmt::format("; {}: {}", title, join(names, ", "));
    };
    const auto is = [](RestartResult result) {
        return [result](const RestartedServer& one) { return one.result == result && !one.is_rolled_back; };
    };
    add("ready", is(RestartResult::kReady));
    add("restarted but not seen ready", is(RestartResult::kRestarted));
    add("rolled back", [](const RestartedServer& one) { return one.is_rolled_back; });
    add("out", is(RestartResult::kOut));
    add("untouched", is(RestartResult::kUntouched));
    return out;
}

Error stopped(Error error, const std::vector<RestartedServer>& results, const std::vector<std::string>& out,
              const Context& context) {
    error.text += format_results(results);
    if (!out.empty())
        error.text +=
            fmt::format("; {} {} out: mend it and restart it again, or {}", join(out, ", "),
                        out.size() > 1 ? "stay" : "stays", context.command(fmt::format("ready {}", join(out, " "))));
    return error;
}

// How many servers the batch that begins there has.
std::size_t batch_size(std::size_t most, std::size_t begin, std::size_t end, std::size_t canary) {
    return std::min({most, end - begin, begin < canary ? canary - begin : end});
}

Result<void> check_serving(const Server& server) {
    if (is_gone(server, kCanaryAnswer))
        return fail(Errc::kFailed, fmt::format("nothing accepts on port {} any more", server.app_port.host()));
    return ask_health(server, answer_time(server));
}

Result<void> check_canary(std::span<const std::vector<Server>> done) {
    for (const Server& server : all_servers(done))
        if (auto serves = check_serving(server); !serves) return fail_with(server.name, std::move(serves));
    return {};
}

// A canary that has died is not ready any more.
void note_dead(std::span<const std::vector<Server>> done, std::vector<RestartedServer>& results) {
    const std::vector<Server> servers = all_servers(done);
    for (std::size_t i = 0; i < servers.size(); ++i)
        if (!check_serving(servers[i])) results[i].result = RestartResult::kRestarted;
}

Result<void> wait_for_canary(std::span<const std::vector<Server>> done, std::size_t left, const Canary& canary,
                             const Context& context) {
    const std::string names = join(names_of(done), ", ");
    if (!canary.pause) {
        const auto answer =
            canary.ask ? canary.ask(fmt::format("{} restarted and ready; go on with the other {}? [y/N] ", names, left))
                       : std::nullopt;
        if (!answer) return fail(Errc::kInterrupted, "interrupted after the canary");
        if (!*answer) return fail(Errc::kFailed, "stopped after the canary, as it was answered");
        return check_canary(done);
    }
    context.report(fmt::format("{}: canary; it goes on after {}", names, format_elapsed(*canary.pause)));
    const auto end = context.now().boot + *canary.pause;
    for (;;) {
        if (auto checked = check_canary(done); !checked) return checked;
        const auto rest = std::chrono::ceil<std::chrono::milliseconds>(end - context.now().boot);
        if (rest.count() <= 0) return {};
        if (!context.pause(std::min(rest, kCanaryLook)))
            return fail(Errc::kInterrupted, "interrupted after the canary");
    }
}

void say_what_is_unknown(std::span<const Server> servers, const RestartRequest& request, const Context& context) {
    const bool is_asked =
        std::all_of(servers.begin(), servers.end(), [](const Server& server) { return server.health.asks_anything(); });
    if (is_asked || request.ready_url || request.ready_command) return;
    if (const auto endpoints = read_haproxy_endpoints(context); !endpoints || !endpoints->empty()) return;
    context.report(
        fmt::format("of a new app it is known that it accepts connections, not that it answers: {} or {} would tell",
                    context.option("ready-url"), context.option("ready-command")));
}

// What has become of one batch.
struct BatchOutcome {
    std::vector<RestartedServer> results;
    std::vector<Server> servers;    // as their apps are reached now
    std::vector<std::string> left;  // out
    std::optional<Error> error;
};

std::optional<Error> error_of(Result<void>&& done) {
    return done ? std::nullopt : std::optional(std::move(done.error()));
}

BatchOutcome restart_batch(std::span<const Server> servers, const RestartRequest& request, const Context& context) {
    BatchRestart one(servers, request, context);
    auto done = one.run();
    BatchOutcome out{.results = {}, .servers = {servers.begin(), servers.end()}, .left = {}, .error = std::nullopt};
    if (!done) out.left = one.leave();
    out.results = one.results();
    out.error = error_of(std::move(done));
    return out;
}

BatchOutcome hand_over_batch(std::span<const Server> servers, const RestartRequest& request, const Context& context) {
    BatchHandover one(servers, request, context);
    auto done = one.run();
    return {one.results(), one.serving(), {}, error_of(std::move(done))};
}

void add_untouched(std::vector<RestartedServer>& results, std::span<const std::vector<Server>> batches) {
    for (std::string& name : names_of(batches)) results.push_back({.name = std::move(name)});
}

// A server as a restart takes it: where its app is now, but for a handover, which finds that out itself.
Result<Server> planned_server(const ServerTable& table, ServerEntry entry, const RestartRequest& request,
                              const Context& context) {
    if (entry.is_published) entry.server.published = Published::kYes;  // as it was found
    if (request.handover) {
        if (auto checked = check_has_instances(entry.server, context); !checked)
            return tl::unexpected(std::move(checked.error()));
        return std::move(entry.server);
    }
    const auto flip = table.flip_of(entry.slot);
    if (!flip) return tl::unexpected(flip.error());
    return at_active_port(std::move(entry.server), *flip);
}

}  // namespace

std::string_view to_string(RestartResult result) {
    switch (result) {
        case RestartResult::kUntouched:
            return "untouched";
        case RestartResult::kOut:
            return "out";
        case RestartResult::kRestarted:
            return "restarted";
        case RestartResult::kReady:
            return "ready";
    }
    return "";
}

std::size_t BatchSize::of(std::size_t servers) const {
    return is_percentage ? std::max<std::size_t>(servers * number / 100, 1) : number;
}

Result<Batches> plan_restart(std::span<const std::string> names, BatchSize size, const RestartRequest& request,
                             const Context& context) {
    const auto rule = request.lease.force ? MinReady::kIsOverridden : MinReady::kHolds;
    auto opened = open_guarded(context, Access::kRead, rule);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto entries = find_servers(opened->locked.table, names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    const std::size_t most = size.of(entries->size());
    Batches out;
    for (std::size_t i = 0; i < entries->size(); i += out.back().size()) {
        const auto batch = std::span(*entries).subspan(i, batch_size(most, i, entries->size(), request.canary.servers));
        if (!request.lease.force && !request.handover)
            if (auto safe =
                    check_min_ready(*opened, batch, std::span(*entries).first(i), TakenOut::kByDrainPort, context);
                !safe)
                return tl::unexpected(std::move(safe.error()));
        out.emplace_back();
        for (ServerEntry& entry : batch) {
            auto planned = planned_server(opened->locked.table, std::move(entry), request, context);
            if (!planned) return tl::unexpected(std::move(planned.error()));
            out.back().push_back(std::move(*planned));
        }
    }
    return out;
}

Result<void> check_restart(const Batches& batches, const RestartRequest& request, const Context& context) {
    if (auto checked = check_commands(all_servers(batches), request); !checked) return checked;
    const auto haproxy = ask_haproxies_about(names_of(batches), context);
    return haproxy ? Result<void>() : tl::unexpected(haproxy.error());
}

namespace {

std::string format_handover(const Server& server, const InstanceCommands& commands) {
    return fmt::format(
        "   {}: start an instance on a free port of {}: {}; wait for it, hand over, wait until the old one is idle, "
        "run: {}\n",
        server.name, to_string(*server.handover_ports), printable(commands.start), printable(commands.stop));
}

}  // namespace

std::string format_plan(const Batches& batches, const RestartRequest& request) {
    std::string out;
    for (std::size_t i = 0; i < batches.size(); ++i) {
        out += fmt::format("{}. {}\n", i + 1, join(names_of({&batches[i], 1}), ", "));
        for (const Server& server : batches[i]) {
            if (request.handover) {
                out += format_handover(server, *request.handover);
                continue;
            }
            out += fmt::format("   {}: drain, wait until drained{}, wait until idle, run: {}; wait for port {}",
                               server.name,
                               server.backup_status_port || server.drain_port ? ", maint, wait until drained" : "",
                               format_command(expand_command(request.command, server)), server.app_port.host());
            if (request.ready_url) out += " and " + printable(expand_placeholders(*request.ready_url, server));
            if (request.ready_command) out += " and " + printable(expand_placeholders(*request.ready_command, server));
            out += "; ready, wait until ready\n";
        }
        if (names_of(std::span(batches).first(i + 1)).size() == request.canary.servers && i + 1 < batches.size())
            out += request.canary.pause ? fmt::format("   wait {}\n", format_elapsed(*request.canary.pause))
                                        : "   ask whether to go on\n";
    }
    return out;
}

RestartOutcome restart_servers(const Batches& batches, const RestartRequest& request, const Context& context) {
    RestartOutcome out;
    const auto all = std::span(batches);
    const auto stop = [&](Error error, std::size_t next, const std::vector<std::string>& left) {
        add_untouched(out.servers, all.subspan(next));
        out.error = stopped(std::move(error), out.servers, left, context);
        return out;
    };
    Batches done;  // as their apps are reached now
    for (std::size_t i = 0; i < batches.size(); ++i) {
        BatchOutcome one = request.handover ? hand_over_batch(batches[i], request, context)
                                            : restart_batch(batches[i], request, context);
        for (RestartedServer& result : one.results) out.servers.push_back(std::move(result));
        done.push_back(std::move(one.servers));
        if (one.error) return stop(std::move(*one.error), i + 1, one.left);
        if (i == 0) say_what_is_unknown(batches[0], request, context);
        if (out.servers.size() != request.canary.servers || i + 1 == batches.size()) continue;
        if (request.on_event)
            request.on_event(
                {.step = RestartStep::kCanary, .servers = names_of(all.first(i + 1)), .pause = request.canary.pause});
        auto goes_on = wait_for_canary(done, names_of(all.subspan(i + 1)).size(), request.canary, context);
        if (goes_on) continue;
        note_dead(done, out.servers);
        return stop(std::move(goes_on.error()), i + 1, {});
    }
    return out;
}

RestartOutcome refused_restart(const Batches& batches, Error error) {
    RestartOutcome out{.servers = {}, .error = std::move(error)};
    add_untouched(out.servers, batches);
    return out;
}

}  // namespace zdr
