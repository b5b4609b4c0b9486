#include "probe_servers.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "zdr/kernel/server_replacement.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/kernel/state_dir.h"
#include "zdr/model/flip.h"

namespace zdr::loader {
namespace {

constexpr std::string_view kPrefix = "zdr-probe:";
constexpr std::size_t kMostProbes = 64;
constexpr Port kMadeUpStatusPort(40);  // unassigned, and below the ephemeral ports
constexpr Port kMadeUpAppPort(41);

bool is_probe(const ServerEntry& entry) {
    return entry.server.name.starts_with(kPrefix);
}

ProbeServer make(Port status, Port app, const std::vector<Address>& addresses, std::string like) {
    Server server;
    server.name = fmt::format("{}{}", kPrefix, status.host());
    server.addresses = addresses;
    server.app_port = app;
    server.status_port = status;
    server.unchecked = true;
    server.replace_listener = true;
    server.published = Published::kNo;
    return {std::move(server), std::move(like)};
}

std::vector<ProbeServer> make_all(const std::vector<ServerEntry>& loaded, const std::vector<Address>& addresses) {
    std::vector<ProbeServer> out;
    std::set<Port> taken;  // ports that are an app's, or have a probe
    for (const ServerEntry& entry : loaded) taken.insert(entry.server.app_port);
    for (const ServerEntry& entry : loaded) {
        const Server& server = entry.server;
        if (entry.is_published || out.size() >= kMostProbes) continue;
        const bool is_new = taken.insert(server.status_port).second;
        const auto& backup = server.backup_status_port;
        const bool has_new_backup = backup && taken.insert(*backup).second;
        if (!is_new && !has_new_backup) continue;
        out.push_back(make(is_new ? server.status_port : *backup, server.app_port, addresses, server.name));
        if (is_new && has_new_backup) out.back().server.backup_status_port = backup;
    }
    if (out.empty()) out.push_back(make(kMadeUpStatusPort, kMadeUpAppPort, addresses, "a made-up server"));
    return out;
}

// The set of servers that are loaded, under the lock, without those of any probe, and these.
Result<void> replace(const std::string& pins, const ServerTable& table, std::span<const ProbeServer> probes) {
    const auto entries = table.list();
    if (!entries) return tl::unexpected(entries.error());
    std::vector<Server> servers;
    for (const ServerEntry& entry : *entries)
        if (!is_probe(entry)) servers.push_back(entry.server);
    for (const ProbeServer& probe : probes) servers.push_back(probe.server);
    const auto done = replace_servers(pins, servers, {.uid = 0, .by = "zdr-loader"});
    if (!done) return tl::unexpected(done.error());
    return {};
}

}  // namespace

Result<ProbeServers> ProbeServers::add(const std::string& state_dir, const std::vector<Address>& addresses) {
    const auto dir = StateDir::open(state_dir, Access::kWrite);
    if (!dir) return tl::unexpected(dir.error());
    const auto table = ServerTable::open(dir->live(), Access::kWrite);
    if (!table) return tl::unexpected(table.error());
    auto loaded = table->list();
    if (!loaded) return tl::unexpected(loaded.error());
    std::erase_if(*loaded, is_probe);
    ProbeServers out(state_dir);
    out.cgroup_ = table->cgroup();
    std::vector<ProbeServer> probes = make_all(*loaded, addresses);
    if (auto replaced = replace(dir->live(), *table, probes); !replaced)
        return tl::unexpected(std::move(replaced.error()));
    out.list_ = std::move(probes);
    return out;
}

ProbeServers::~ProbeServers() {
    if (list_.empty()) return;
    const auto dir = StateDir::open(state_dir_, Access::kWrite);
    if (!dir) return;
    if (const auto table = ServerTable::open(dir->live(), Access::kWrite); table)
        (void)replace(dir->live(), *table, {});
}

Result<void> ProbeServers::flip(State state) const {
    const auto dir = StateDir::open(state_dir_, Access::kWrite);
    if (!dir) return tl::unexpected(dir.error());
    const auto table = ServerTable::open(dir->live(), Access::kWrite);
    if (!table) return tl::unexpected(table.error());
    auto record = make_flip(state, 0, "zdr-loader", "a probe");
    if (!record) return tl::unexpected(std::move(record.error()));
    record->since_boot = boot_now();
    for (const ProbeServer& probe : list_) {
        const auto entry = table->find(probe.server.name);
        if (!entry) return tl::unexpected(entry.error());
        if (!*entry)
            return fail(Errc::kFailed,
                        "the throw-away servers are gone: somebody loaded or applied another "
                        "configuration meanwhile; try it again");
        if (auto flipped = table->flip((*entry)->slot, *record); !flipped) return tl::unexpected(flipped.error());
    }
    return state == State::kReady ? Result<void>() : end_refused_connections(dir->live());
}

}  // namespace zdr::loader
