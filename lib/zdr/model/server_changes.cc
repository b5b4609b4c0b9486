#include "zdr/model/server_changes.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/duration.h"

namespace zdr {
namespace {

// Every key of zdr.conf, in the order of the documentation.
std::vector<std::pair<std::string_view, std::string>> all_settings(const Server& server) {
    return {
        {"address", addresses_to_string(server)},
        {"port", std::to_string(server.app_port.host())},
        {"status-port", std::to_string(server.status_port.host())},
        {"backup-status-port", server.backup_status_port ? std::to_string(server.backup_status_port->host()) : "none"},
        {"backend", server.backends.empty() ? "none" : backends_to_string(server)},
        {"checks", std::to_string(server.checks)},
        {"fall", std::to_string(server.fall)},
        {"rise", std::to_string(server.rise)},
        {"inter", format_duration(server.inter)},
        {"fastinter", server.fastinter ? format_duration(*server.fastinter) : "inter"},
        {"downinter", server.downinter ? format_duration(*server.downinter) : "inter"},
        {"check-uri", server.health.uri.empty() ? "none" : server.health.uri},
        {"check-host", server.health.host.empty() ? "address" : server.health.host},
        {"check-status", format_statuses(server.health.statuses)},
        {"check-method", std::string(to_string(server.health.method))},
        {"check-timeout", server.health.timeout ? format_duration(*server.health.timeout) : "inter"},
        {"check-ssl", server.health.is_encrypted ? "yes" : "no"},
        {"check-complete", server.health.is_complete ? "yes" : "no"},
        {"checkers", server.checkers.empty() ? "any" : format_checkers(server.checkers, " ")},
        {"unchecked", server.unchecked ? "yes" : "no"},
        {"replace-listener", server.replace_listener ? "yes" : "no"},
        {"published", std::string(to_string(server.published))},
        {"handover-ports", server.handover_ports ? to_string(*server.handover_ports) : "none"},
        {"drain-port", server.drain_port ? std::to_string(server.drain_port->host()) : "none"},
        {"start", std::string(to_string(server.start))}};
}

}  // namespace

std::string Changes::published_warning() const {
    if (published_unknown.empty()) return "";
    return "which ports are published from containers is not known; servers whose published is auto stay as they "
           "were: " +
           published_unknown;
}

std::vector<const Server*> by_name(std::span<const Server> servers) {
    std::vector<const Server*> out;
    out.reserve(servers.size());
    for (const Server& one : servers) out.push_back(&one);
    std::sort(out.begin(), out.end(), [](const Server* a, const Server* b) { return a->name < b->name; });
    return out;
}

std::vector<ServerPair> pair_servers(std::span<const Server* const> before, std::span<const Server* const> after) {
    std::vector<ServerPair> out;
    out.reserve(std::max(before.size(), after.size()));
    auto old = before.begin();
    auto next = after.begin();
    while (old != before.end() || next != after.end()) {
        const int order = old == before.end() ? 1 : next == after.end() ? -1 : (*old)->name.compare((*next)->name);
        out.push_back({order <= 0 ? *old++ : nullptr, order >= 0 ? *next++ : nullptr});
    }
    return out;
}

Changes changes_of(std::span<const ServerPair> pairs) {
    Changes out;
    for (const auto& [before, after] : pairs) {
        if (before == nullptr)
            out.added.push_back(*after);
        else if (after == nullptr)
            out.removed.push_back(*before);
        else if (*before == *after)
            ++out.unchanged;
        else
            out.changed.push_back({*before, *after});
    }
    return out;
}

Changes compare_servers(std::span<const Server> before, std::span<const Server> after) {
    return changes_of(pair_servers(by_name(before), by_name(after)));
}

std::vector<std::pair<std::string_view, std::string>> settings_of(const Server& server) {
    static const auto defaults = all_settings(Server{});
    auto out = all_settings(server);
    std::erase_if(out, [&](const auto& setting) {
        const bool is_port = setting.first == "port" || setting.first == "status-port";
        return !is_port && std::find(defaults.begin(), defaults.end(), setting) != defaults.end();
    });
    return out;
}

std::string format_settings(const Server& server) {
    std::string out;
    for (const auto& [key, value] : settings_of(server))
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", key, value);
    return out;
}

std::string format_difference(const Server& before, const Server& after) {
    const auto was = all_settings(before);
    const auto is = all_settings(after);
    std::string out;
    for (std::size_t i = 0; i < is.size(); ++i)
        if (was[i].second != is[i].second)
            out += fmt::format("{}{} {} -> {}", out.empty() ? "" : ", ", is[i].first, was[i].second, is[i].second);
    return out;
}

std::string format_changes(const Changes& changes) {
    std::string out;
    for (const Server& one : changes.added) out += fmt::format("+ {}: {}\n", one.name, format_settings(one));
    for (const ChangedServer& one : changes.changed)
        out += fmt::format("~ {}: {}\n", one.after.name, format_difference(one.before, one.after));
    for (const Server& one : changes.removed) out += fmt::format("- {}: {}\n", one.name, format_settings(one));
    return out;
}

std::string format_summary(const Changes& changes) {
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

}  // namespace zdr
