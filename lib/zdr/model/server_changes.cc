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
        {"backend", server.backend.empty() ? "none" : server.backend},
        {"fall", std::to_string(server.fall)},
        {"rise", std::to_string(server.rise)},
        {"inter", format_duration(server.inter)},
        {"start", std::string(to_string(server.start))}};
}

}  // namespace

std::vector<const Server*> by_name(std::span<const Server> servers) {
    std::vector<const Server*> out;
    out.reserve(servers.size());
    for (const Server& one : servers) out.push_back(&one);
    std::sort(out.begin(), out.end(), [](const Server* a, const Server* b) { return a->name < b->name; });
    return out;
}

Changes compare_servers(std::span<const Server> before, std::span<const Server> after) {
    const auto old = by_name(before);
    const auto next = by_name(after);
    Changes out;
    auto was = old.begin();
    for (const Server* is : next) {
        for (; was != old.end() && (*was)->name < is->name; ++was) out.removed.push_back(**was);
        if (was == old.end() || (*was)->name != is->name) {
            out.added.push_back(*is);
            continue;
        }
        if (**was == *is)
            ++out.unchanged;
        else
            out.changed.push_back({**was, *is});
        ++was;
    }
    for (; was != old.end(); ++was) out.removed.push_back(**was);
    return out;
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
