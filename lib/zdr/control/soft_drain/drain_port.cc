#include "zdr/control/soft_drain/drain_port.h"

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "zdr/control/restart/app.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/wait_for_health.h"

namespace zdr {
namespace {

constexpr std::chrono::milliseconds kLeastTime(1000);  // before a flip, for one that is started by the question

// The server as if its app were what listens on the drain port, and 404 were health.
Server as_asked(const Server& server) {
    Server out = server;
    out.app_port = *server.drain_port;
    out.published = Published::kNo;
    if (out.health.uri.empty()) out.health.uri = "/";
    out.health.statuses = {{404, 404}};
    return out;
}

Result<std::vector<Server>> find_soft(std::span<const std::string> names, IfMissing if_missing,
                                      const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    auto entries = find_servers(opened->table, names, if_missing);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<Server> out;
    for (ServerEntry& entry : *entries)
        if (entry.server.drain_port) out.push_back(std::move(entry.server));
    return out;
}

}  // namespace

Result<DrainPort> ask_drain_port(const Server& server, std::chrono::milliseconds within) {
    const Server asked = as_asked(server);
    if (!connects(asked, within)) return DrainPort::kSilent;
    if (auto answer = ask_health(asked, within); !answer)
        return fail(Errc::kFailed,
                    fmt::format("its drain port does not answer 404 ({}), which HAProxy needs to take it out softly",
                                answer.error().text));
    return DrainPort::kAnswers;
}

Result<void> check_drain_ports(std::span<const std::string> names, IfMissing if_missing, const Context& context) {
    const auto servers = find_soft(names, if_missing, context);
    if (!servers) return tl::unexpected(servers.error());
    for (const Server& server : *servers) {
        const auto found = ask_drain_port(server, std::max(answer_time(server), kLeastTime));
        const std::string name = format_name(server.name);
        if (!found)
            return fail(Errc::kFailed,
                        fmt::format("{}: {}; mend what listens there, or take the server out by \"{}\", which refuses "
                                    "its checks as ever",
                                    name, found.error().text, context.command("maint " + server.name)));
        if (*found == DrainPort::kSilent)
            context.report(
                fmt::format("{}: nothing listens on its drain port {}, so its checks are refused as without "
                            "one",
                            name, server.drain_port->host()));
    }
    return {};
}

}  // namespace zdr
