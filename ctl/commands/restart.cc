// The command restart: the whole sequence, server by server or batch by batch, that no client notices.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "ctl/command_table.h"
#include "ctl/control/min_ready.h"
#include "ctl/control/restart/app.h"
#include "ctl/control/restart/batch_restart.h"
#include "ctl/control/server_lookup.h"
#include "ctl/text.h"
#include "zdr/base/text.h"

namespace zdr::ctl {
namespace {

using Batch = std::span<const Server>;

// "1", "3" or "50%" of so many servers, at least one of them.
Result<std::size_t> batch_size(const std::string& text, std::size_t servers) {
    const bool is_percentage = text.ends_with('%');
    std::size_t number = 0;
    const char* end = text.data() + text.size() - (is_percentage ? 1 : 0);
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number == 0 || (is_percentage && number > 100))
        return fail(Errc::kUsage, fmt::format("--batch {} is neither a number of servers nor a percentage (1% to 100%)",
                                              in_quotes(text)));
    return is_percentage ? std::max<std::size_t>(servers * number / 100, 1) : number;
}

Result<void> check_usage(const Options& options) {
    if (options.command.empty()) return fail(Errc::kUsage, "no command is given; it stands after --");
    if (options.on_busy && *options.on_busy != "continue" && *options.on_busy != "fail")
        return fail(Errc::kUsage,
                    fmt::format("--on-busy {} is neither continue nor fail", in_quotes(*options.on_busy)));
    if (!options.ready_url) return {};
    if (auto url = parse_url(expand_placeholders(*options.ready_url, Server{})); !url)
        return fail_with("--ready-url", std::move(url));
    return {};
}

std::vector<Batch> batches_of(const std::vector<Server>& servers, std::size_t size) {
    std::vector<Batch> out;
    for (std::size_t i = 0; i < servers.size(); i += size)
        out.push_back(Batch(servers).subspan(i, std::min(size, servers.size() - i)));
    return out;
}

struct Plan {
    std::vector<Server> servers;
    std::size_t batch;
};

// Every batch is held against the safety rule before the first is touched, each as if it left alone.
Result<Plan> find_and_check(const Options& options, Env& env) {
    if (auto checked = batch_size(options.batch.value_or("1"), 1); !checked)
        return tl::unexpected(std::move(checked.error()));
    auto opened = open_table(options, Access::kRead, env);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto entries = find_servers(opened->table, options.names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    const std::size_t size = *batch_size(options.batch.value_or("1"), entries->size());
    for (std::size_t i = 0; i < entries->size() && !options.force; i += size) {
        const auto batch = std::span(*entries).subspan(i, std::min(size, entries->size() - i));
        if (auto safe = check_min_ready(opened->table, batch, env.now().boot); !safe)
            return tl::unexpected(std::move(safe.error()));
    }
    Plan plan{.servers = {}, .batch = size};
    plan.servers.reserve(entries->size());
    for (ServerEntry& entry : *entries) plan.servers.push_back(std::move(entry.server));
    return plan;
}

std::string names_of(Batch batch) {
    std::string out;
    for (const Server& server : batch) out += (out.empty() ? "" : ", ") + server.name;
    return out;
}

std::string format_plan(const std::vector<Batch>& batches, const Options& options) {
    std::string out;
    for (std::size_t i = 0; i < batches.size(); ++i) {
        out += fmt::format("{}. {}\n", i + 1, names_of(batches[i]));
        for (const Server& server : batches[i]) {
            out += fmt::format("   {}: drain, wait until drained{}, wait until idle, run:", server.name,
                               server.backup_status_port ? ", maint, wait until drained" : "");
            for (const std::string& part : options.command) out += " " + printable(expand_placeholders(part, server));
            out += fmt::format("; wait for port {}", server.app_port.host());
            if (options.ready_url) out += " and " + expand_placeholders(*options.ready_url, server);
            out += "; ready, wait until ready\n";
        }
    }
    return out;
}

// What was done, what was not, which servers stay out, and how to go on.
Error stopped(Error error, const std::vector<Batch>& batches, std::size_t at, const std::vector<std::string>& out) {
    std::string done;
    for (std::size_t i = 0; i < at; ++i) done += (done.empty() ? "" : ", ") + names_of(batches[i]);
    std::string left;
    for (std::size_t i = at; i < batches.size(); ++i) left += (left.empty() ? "" : ", ") + names_of(batches[i]);
    error.text += fmt::format("; restarted: {}; not restarted: {}", done.empty() ? "none" : done, left);
    std::string listed;
    std::string ready;
    for (const std::string& name : out) {
        listed += (listed.empty() ? "" : ", ") + name;
        ready += " " + name;
    }
    if (!out.empty())
        error.text += fmt::format("; {} {} out: mend it and restart it again, or zdrctl ready{}", listed,
                                  out.size() > 1 ? "stay" : "stays", ready);
    return error;
}

}  // namespace

Result<void> restart(const Options& options, Env& env) {
    if (auto checked = check_usage(options); !checked) return checked;
    const auto plan = find_and_check(options, env);
    if (!plan) return tl::unexpected(plan.error());
    const auto batches = batches_of(plan->servers, plan->batch);
    if (options.dry_run) return env.out(format_plan(batches, options));

    env.stop_on_interrupt();
    for (std::size_t i = 0; i < batches.size(); ++i) {
        BatchRestart one(batches[i], options, env);
        auto done = one.run();
        if (!done) return tl::unexpected(stopped(std::move(done.error()), batches, i, one.leave()));
    }
    return {};
}

}  // namespace zdr::ctl
