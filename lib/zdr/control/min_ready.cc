#include "zdr/control/min_ready.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

#include "zdr/control/server_lookup.h"

namespace zdr {
namespace {

using Slots = std::set<std::uint32_t>;

Result<bool> is_ready(const ServerTable& table, std::uint32_t slot, std::chrono::nanoseconds now_boot) {
    const auto flip = table.flip_of(slot);
    if (!flip) return tl::unexpected(flip.error());
    return flip->effective(now_boot) == State::kReady;
}

// Whether its peer alone shows that its only backend keeps a ready server, or never had another.
Result<bool> is_safe(const ServerTable& table, const ServerEntry& entry, const Slots& leaving,
                     std::chrono::nanoseconds now_boot) {
    if (entry.server.backends.size() > 1) return false;
    if (entry.peer == entry.slot) return true;
    if (leaving.contains(entry.peer)) return false;
    return is_ready(table, entry.peer, now_boot);
}

struct Backend {
    std::size_t servers = 0;
    std::vector<std::string> leaving;  // of those that are ready now
    bool keeps_one = false;            // a ready server that does not leave
};

// The backend as it stands; it stops early at a ready server that stays, since then nothing is to refuse.
Result<Backend> inspect(const ServerTable& table, std::span<const ServerEntry> all, const std::string& name,
                        const Slots& leaving, std::chrono::nanoseconds now_boot) {
    Backend backend;
    for (const ServerEntry& entry : all) {
        const auto& backends = entry.server.backends;
        if (std::find(backends.begin(), backends.end(), name) == backends.end()) continue;
        ++backend.servers;
        const auto ready = is_ready(table, entry.slot, now_boot);
        if (!ready) return tl::unexpected(ready.error());
        if (!*ready) continue;
        if (!leaving.contains(entry.slot)) {
            backend.keeps_one = true;
            return backend;
        }
        backend.leaving.push_back(entry.server.name);
    }
    return backend;
}

}  // namespace

Result<void> check_min_ready(const ServerTable& table, std::span<const ServerEntry> leaving,
                             std::chrono::nanoseconds now_boot) {
    Slots slots;
    for (const ServerEntry& entry : leaving) slots.insert(entry.slot);
    std::set<std::string> safe;
    std::set<std::string> backends;
    for (const ServerEntry& entry : leaving) {
        if (entry.server.backends.empty()) continue;
        const auto is_enough = is_safe(table, entry, slots, now_boot);
        if (!is_enough) return tl::unexpected(is_enough.error());
        (*is_enough ? safe : backends).insert(entry.server.backends.begin(), entry.server.backends.end());
    }
    for (const std::string& name : safe) backends.erase(name);
    if (backends.empty()) return {};

    const auto all = table.list();
    if (!all) return tl::unexpected(all.error());
    for (const std::string& name : backends) {
        const auto backend = inspect(table, *all, name, slots, now_boot);
        if (!backend) return tl::unexpected(backend.error());
        if (backend->keeps_one || backend->servers < 2 || backend->leaving.empty()) continue;
        return fail(Errc::kUnsafe,
                    fmt::format("backend {} would have no ready server left (ready now: {}); make another one ready "
                                "first, or give --force",
                                name, format_names(backend->leaving)));
    }
    return {};
}

}  // namespace zdr
