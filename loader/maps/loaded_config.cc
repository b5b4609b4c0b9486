#include "maps/loaded_config.h"

#include <fmt/core.h>
#include <net/if.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/server_table.h"

namespace zdr::loader {
namespace {

// By name, as a configuration has them; each once.
Result<std::vector<std::string>> interfaces_of(const std::string& live) {
    const auto pins = list_hook_pins(live);
    if (!pins) return tl::unexpected(pins.error());
    std::vector<std::string> out;
    for (const HookPin& pin : *pins) {
        std::array<char, IF_NAMESIZE> name{};
        if (pin.kind != HookKind::kTcx && pin.kind != HookKind::kClsact) continue;
        if (if_indextoname(static_cast<unsigned>(pin.interface_index), name.data()) == nullptr) continue;
        if (std::find(out.begin(), out.end(), name.data()) == out.end()) out.emplace_back(name.data());
    }
    return out;
}

}  // namespace

Result<LoadedConfig> read_loaded_config(const std::string& live) {
    const auto table = ServerTable::open(live, Access::kRead, Abi::kThisOrCarried);
    if (!table) return tl::unexpected(table.error());
    if (table->is_changing())
        return fail(Errc::kFailed, "a change of the servers was cut off; zdr-loader load without --keep completes it");
    const auto servers = table->list();
    if (!servers) return tl::unexpected(servers.error());
    auto interfaces = interfaces_of(live);
    if (!interfaces) return tl::unexpected(std::move(interfaces.error()));
    struct stat status {};
    if (stat(live.c_str(), &status) != 0) return fail_errno("inspect " + live);

    LoadedConfig out{{}, status.st_gid};
    out.config.cgroup = table->cgroup();
    out.config.rewriting = !interfaces->empty();
    out.config.interfaces = std::move(*interfaces);
    out.config.haproxy = table->haproxy_sockets();
    for (const ServerEntry& entry : *servers) out.config.servers.push_back(entry.server);
    return out;
}

}  // namespace zdr::loader
