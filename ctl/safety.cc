#include "ctl/safety.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <vector>

#include "ctl/table.h"

namespace zdr::ctl {
namespace {

struct Backend {
    std::size_t servers = 0;
    std::vector<std::string> leaving;  // of those that are ready now
    bool keeps_one = false;            // a ready server that does not leave
};

// The backend as it stands; it stops early at a ready server that stays, since then nothing is to refuse.
Result<Backend> inspect(const ServerTable& table, std::span<const ServerEntry> all, const std::string& name,
                        const std::set<std::uint32_t>& leaving, std::chrono::nanoseconds now_boot) {
    Backend backend;
    for (const ServerEntry& entry : all) {
        if (entry.server.backend != name) continue;
        ++backend.servers;
        const auto flip = table.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        if (flip->effective(now_boot) != State::kReady) continue;
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
    std::set<std::uint32_t> slots;
    std::set<std::string> backends;
    for (const ServerEntry& entry : leaving) {
        slots.insert(entry.slot);
        if (!entry.server.backend.empty()) backends.insert(entry.server.backend);
    }
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
                                name, shown_names(backend->leaving)));
    }
    return {};
}

}  // namespace zdr::ctl
