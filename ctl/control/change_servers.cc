#include "ctl/control/change_servers.h"

#include <fmt/core.h>
#include <unistd.h>

#include "zdr/base/text.h"
#include "zdr/kernel/server_replacement.h"

namespace zdr::ctl {

Result<LockedTable> open_to_change(const Options& options, Env& env) {
    if (geteuid() != 0)
        return fail(Errc::kNotPermitted, "only root may change which servers there are; run it as root");
    return open_table(options, Access::kWrite, env);
}

Result<std::vector<Server>> servers_of(const ServerTable& table) {
    auto entries = table.list();
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<Server> out;
    out.reserve(entries->size() + 1);  // one may be added
    for (ServerEntry& entry : *entries) out.push_back(std::move(entry.server));
    return out;
}

Result<Changes> change_servers(const LockedTable& opened, std::span<const Server> servers, Env& env) {
    if (const auto clash = find_clash(servers)) return fail(Errc::kFailed, clash->text);
    User user = env.user();
    auto changes = replace_servers(opened.dir.live(), servers, {.uid = user.uid, .by = user.name});
    if (changes && !changes->empty())
        env.journal(fmt::format("servers: {} added, {} changed, {} removed, by {} (uid {})", changes->added.size(),
                                changes->changed.size(), changes->removed.size(), printable(user.name), user.uid));
    return changes;
}

std::string render(const Changes& changes) {
    std::string out;
    for (const Server& one : changes.added) out += fmt::format("+ {}: {}\n", one.name, format_settings(one));
    for (const ChangedServer& one : changes.changed)
        out += fmt::format("~ {}: {}\n", one.after.name, format_difference(one.before, one.after));
    for (const Server& one : changes.removed) out += fmt::format("- {}: {}\n", one.name, format_settings(one));
    return out;
}

std::string summary(const Changes& changes) {
    const std::size_t servers = changes.added.size() + changes.changed.size() + changes.unchanged;
    std::string out;
    const auto part = [&](std::size_t count, std::string_view what) {
        if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
    };
    part(changes.added.size(), "added");
    part(changes.changed.size(), "changed");
    part(changes.removed.size(), "removed");
    part(changes.unchanged, "unchanged");
    return fmt::format("{} server{}: {}", servers, servers == 1 ? "" : "s", out);
}

}  // namespace zdr::ctl
