#include "report.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <string_view>

#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/state_dir.h"
#include "zdr/model/flip.h"
#include "zdr/net/ephemeral_ports.h"
#include "zdr/net/listening_sockets.h"
#include "zdr/net/local_addresses.h"

namespace zdr::loader {
namespace {

std::string name_of(const Server& server) {
    return server.name;
}

std::string name_of(const ChangedServer& server) {
    return server.after.name;
}

// ", 1 removed: webB"
template <class Servers>
std::string format_part(const Servers& servers, std::string_view what) {
    if (servers.empty()) return "";
    std::vector<std::string> names;
    names.reserve(servers.size());
    for (const auto& one : servers) names.push_back(name_of(one));
    return fmt::format(", {} {}: {}", names.size(), what, format_names(names));
}

// HAProxy's checks are passed on to the app, which may be anywhere, or not be seen from here.
bool is_served_here(const ServerEntry& entry, std::span<const Address> local) {
    const auto& addresses = entry.server.addresses;
    return !entry.is_published &&
           std::all_of(addresses.begin(), addresses.end(), [&](const Address& one) { return is_local(one, local); });
}

std::string find_silent_apps(std::span<const ServerEntry> ready) {
    const auto listening = listening_sockets();
    const auto local = local_addresses();
    if (!listening || !local) return "";
    std::vector<std::string> names;
    for (const ServerEntry& entry : ready)
        if (is_served_here(entry, *local) && !is_listening(entry.server, *listening))
            names.push_back(entry.server.name);
    if (names.empty()) return "";
    return fmt::format("nothing listens on the app port of {}: HAProxy has such a server down until something does",
                       format_names(names));
}

std::string find_ephemeral_ports(std::span<const ServerEntry> servers) {
    const auto ephemeral = ephemeral_ports();
    if (!ephemeral) return "";
    std::vector<PortRange> ports;
    for (const ServerEntry& entry : servers)
        for (const Port port : status_ports(entry.server))
            if (ephemeral->include(port)) ports.push_back({port.host(), port.host()});
    if (ports.empty()) return "";
    return ephemeral->describe_status_ports(std::move(ports)) + "; zdrctl doctor says what that means and what to do";
}

// Where HAProxy's own connections may take the port that an instance is to listen on.
std::string find_ephemeral_instances(std::span<const ServerEntry> servers) {
    const auto ephemeral = ephemeral_ports();
    if (!ephemeral) return "";
    std::vector<PortRange> given;
    for (const ServerEntry& entry : servers)
        if (const auto& range = entry.server.handover_ports)
            for (unsigned port = range->first; port <= range->last; ++port)
                if (const auto one = static_cast<std::uint16_t>(port); ephemeral->include(Port(one)))
                    given.push_back({one, one});
    if (given.empty()) return "";
    const std::string ports = format_ranges(std::move(given));
    return fmt::format(
        "handover-ports {} are among those that the kernel gives to any connection ({}-{}), so an "
        "instance may find its port taken; reserve them: sysctl net.ipv4.ip_local_reserved_ports={}",
        ports, ephemeral->range.first, ephemeral->range.last, ports);
}

// A second zdr, for example.
std::string find_foreign_lookup() {
    return count_lookups() > 1
               ? "another program decides, too, where connections go that arrive here (bpftool link shows "
                 "both): one to which it gives a socket is not refused, whatever state the server is in"
               : "";
}

}  // namespace

std::string format_loaded(const Loaded& loaded) {
    const Changes& changes = loaded.changes;
    const std::size_t servers = changes.added.size() + changes.changed.size() + changes.unchanged;
    std::string out = fmt::format("{} server{}", servers, servers == 1 ? "" : "s");
    if (loaded.upgraded) out += format_part(changes.added, "added");
    out += format_part(changes.changed, "changed") + format_part(changes.removed, "removed");
    if (!loaded.missing_group.empty())
        out += fmt::format("; group {} is not there: only root may flip", loaded.missing_group);
    return out;
}

std::vector<std::string> find_problems(const std::string& state_dir) {
    const auto dir = StateDir::open(state_dir, Access::kRead);
    const auto table = dir ? ServerTable::open(dir->live(), Access::kRead) : tl::unexpected(dir.error());
    const auto servers = table ? table->list() : tl::unexpected(table.error());
    if (!servers) return {};
    std::vector<ServerEntry> ready;
    for (const ServerEntry& entry : *servers)
        if (const auto flip = table->flip_of(entry.slot); flip && flip->effective(boot_now()) == State::kReady) {
            ready.push_back(entry);
            ready.back().server = at_active_port(entry.server, *flip);
        }
    std::vector<std::string> out = {find_silent_apps(ready), find_ephemeral_ports(*servers),
                                    find_ephemeral_instances(*servers), find_foreign_lookup()};
    std::erase(out, "");
    return out;
}

}  // namespace zdr::loader
