#include "zdr/control/restart/restart_servers.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/text.h"
#include "zdr/control/min_ready.h"
#include "zdr/control/server_lookup.h"

namespace zdr {
namespace {

std::string join(std::span<const std::string> texts, std::string_view between) {
    std::string out;
    for (const std::string& one : texts) out.append(out.empty() ? "" : between).append(one);
    return out;
}

std::vector<std::string> names_of(std::span<const std::vector<Server>> batches) {
    std::vector<std::string> out;
    for (const std::vector<Server>& batch : batches)
        for (const Server& server : batch) out.push_back(server.name);
    return out;
}

Error stopped(Error error, const Batches& batches, std::size_t at, const std::vector<std::string>& out) {
    const auto all = std::span(batches);
    const auto done = names_of(all.first(at));
    error.text += fmt::format("; restarted: {}; not restarted: {}", done.empty() ? "none" : join(done, ", "),
                              join(names_of(all.subspan(at)), ", "));
    if (!out.empty())
        error.text += fmt::format("; {} {} out: mend it and restart it again, or zdrctl ready {}", join(out, ", "),
                                  out.size() > 1 ? "stay" : "stays", join(out, " "));
    return error;
}

}  // namespace

std::size_t BatchSize::of(std::size_t servers) const {
    return is_percentage ? std::max<std::size_t>(servers * number / 100, 1) : number;
}

Result<Batches> plan_restart(std::span<const std::string> names, BatchSize size, bool force, const Context& context) {
    auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    const std::size_t most = size.of(entries->size());
    Batches out;
    for (std::size_t i = 0; i < entries->size(); i += most) {
        const auto batch = std::span(*entries).subspan(i, std::min(most, entries->size() - i));
        if (!force)
            if (auto safe = check_min_ready(opened->table, batch, context.now().boot); !safe)
                return tl::unexpected(std::move(safe.error()));
        out.emplace_back();
        for (ServerEntry& entry : batch) out.back().push_back(std::move(entry.server));
    }
    return out;
}

std::string format_plan(const Batches& batches, const RestartRequest& request) {
    std::string out;
    for (std::size_t i = 0; i < batches.size(); ++i) {
        out += fmt::format("{}. {}\n", i + 1, join(names_of({&batches[i], 1}), ", "));
        for (const Server& server : batches[i]) {
            out += fmt::format("   {}: drain, wait until drained{}, wait until idle, run:", server.name,
                               server.backup_status_port ? ", maint, wait until drained" : "");
            for (const std::string& part : request.command)
                out.append(" ").append(printable(expand_placeholders(part, server)));
            out += fmt::format("; wait for port {}", server.app_port.host());
            if (request.ready_url) out += " and " + expand_placeholders(*request.ready_url, server);
            out += "; ready, wait until ready\n";
        }
    }
    return out;
}

Result<void> restart_servers(const Batches& batches, const RestartRequest& request, const Context& context) {
    for (std::size_t i = 0; i < batches.size(); ++i) {
        BatchRestart one(batches[i], request, context);
        auto done = one.run();
        if (!done) return tl::unexpected(stopped(std::move(done.error()), batches, i, one.leave()));
    }
    return {};
}

}  // namespace zdr
