#include "zdr/control/min_ready.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "zdr/control/serving_servers.h"

namespace zdr {
namespace {

using Slots = std::set<std::uint32_t>;

Slots slots_of(std::span<const ServerEntry> entries) {
    Slots out;
    for (const ServerEntry& entry : entries) out.insert(entry.slot);
    return out;
}

// A backend as it stands.
struct Backend {
    std::size_t servers = 0;
    std::vector<std::string> leaving;    // of those that can serve now
    std::vector<std::string> obstacles;  // of those that are ready and cannot, each with its name
    bool keeps_one = false;              // that can serve
};

class Rule {
  public:
    Rule(const ServerTable& table, ServingServers serving, std::chrono::nanoseconds now_boot)
        : table_(table), serving_(std::move(serving)), now_boot_(now_boot) {}

    Slots leaving;
    Slots mended;

    // Whether its peer alone shows that its only backend keeps a server, or never had another.
    Result<bool> is_safe(const ServerEntry& entry) const {
        if (entry.server.backends.size() > 1) return false;
        if (entry.peer == entry.slot) return true;
        if (leaving.contains(entry.peer)) return false;
        const auto flip = table_.flip_of(entry.peer);
        if (!flip) return tl::unexpected(flip.error());
        if (flip->effective(now_boot_) != State::kReady || is_just_back(*flip, now_boot_)) return false;
        return serving_.peer_can(entry);
    }

    // It stops early at a server that stays and can serve, since then nothing is to refuse.
    Result<Backend> inspect(std::span<const ServerEntry> all, const std::string& name) {
        Backend backend;
        for (const ServerEntry& entry : all) {
            const auto& backends = entry.server.backends;
            if (std::find(backends.begin(), backends.end(), name) == backends.end()) continue;
            ++backend.servers;
            if (auto added = add(entry, backend); !added) return tl::unexpected(std::move(added.error()));
            if (backend.keeps_one) break;
        }
        return backend;
    }

  private:
    Result<void> add(const ServerEntry& entry, Backend& backend) {
        const auto flip = table_.flip_of(entry.slot);
        if (!flip) return tl::unexpected(flip.error());
        if (flip->effective(now_boot_) != State::kReady) return {};
        auto obstacle =
            mended.contains(entry.slot) ? Result<std::string>() : serving_.obstacle(entry, *flip, now_boot_);
        if (!obstacle) return tl::unexpected(std::move(obstacle.error()));
        if (!obstacle->empty())
            backend.obstacles.push_back(fmt::format("{}: {}", entry.server.name, *obstacle));
        else if (leaving.contains(entry.slot))
            backend.leaving.push_back(entry.server.name);
        else
            backend.keeps_one = true;
        return {};
    }

    const ServerTable& table_;
    ServingServers serving_;
    std::chrono::nanoseconds now_boot_;
};

bool is_soft(const ServerEntry& entry, TakenOut how) {
    return how == TakenOut::kByDrainPort && entry.server.drain_port;
}

// A backend of one server here may have others elsewhere, which HAProxy knows.
Result<void> check_others(const GuardedTable& opened, std::span<const ServerEntry> leaving, const Context& context) {
    if (!opened.haproxy) return {};
    std::vector<Server> servers;
    for (const ServerEntry& entry : leaving)
        if (entry.server.drain_port) servers.push_back(entry.server);
    const auto lonely = opened.haproxy->backend_without(servers);
    if (!lonely) return {};
    return fail(Errc::kUnsafe,
                fmt::format("backend {} of HAProxy would have no other server that is up; drained softly, its clients "
                            "would get 503; make another one ready first, or give {} (they get 503 then)",
                            *lonely, context.option("force")));
}

std::string format_standing(const Backend& backend) {
    constexpr std::size_t kMost = 3;  // that are named
    std::string out = "ready now: " + format_names(backend.leaving);
    const auto& obstacles = backend.obstacles;
    for (const std::string& one : std::span(obstacles).first(std::min(obstacles.size(), kMost))) out += "; " + one;
    if (obstacles.size() > kMost) out += fmt::format("; and {} more", obstacles.size() - kMost);
    return out;
}

}  // namespace

Result<GuardedTable> open_guarded(const Context& context, Access access, MinReady rule) {
    auto first = open_table(context, access);
    if (!first) return tl::unexpected(std::move(first.error()));
    if (rule == MinReady::kIsOverridden) return GuardedTable{std::move(*first), std::nullopt};
    const auto endpoints = haproxy_endpoints(context, first->table);
    if (!endpoints) return tl::unexpected(endpoints.error());
    if (endpoints->empty()) return GuardedTable{std::move(*first), std::nullopt};
    { const LockedTable unlocked = std::move(*first); }
    auto haproxy = HaproxyView::ask(*endpoints, kHaproxyAnswers);
    if (!haproxy) context.report_detail("judged without HAProxy: " + haproxy.error().text);
    auto again = open_table(context, access);
    if (!again) return tl::unexpected(std::move(again.error()));
    return GuardedTable{std::move(*again), haproxy ? std::optional(std::move(*haproxy)) : std::nullopt};
}

Result<void> check_min_ready(const GuardedTable& opened, std::span<const ServerEntry> leaving,
                             std::span<const ServerEntry> mended, TakenOut how, const Context& context) {
    if (how == TakenOut::kByDrainPort)
        if (auto others = check_others(opened, leaving, context); !others) return others;
    if (std::all_of(leaving.begin(), leaving.end(),
                    [](const ServerEntry& entry) { return entry.server.backends.empty(); }))
        return {};
    auto serving = ServingServers::open(opened.locked, opened.haproxy ? &*opened.haproxy : nullptr);
    if (!serving) return tl::unexpected(std::move(serving.error()));
    Rule rule(opened.locked.table, std::move(*serving), context.now().boot);
    rule.leaving = slots_of(leaving);
    rule.mended = slots_of(mended);
    std::set<std::string> safe;
    std::set<std::string> backends;
    for (const ServerEntry& entry : leaving) {
        const auto is_enough = rule.is_safe(entry);
        if (!is_enough) return tl::unexpected(is_enough.error());
        (*is_enough ? safe : backends).insert(entry.server.backends.begin(), entry.server.backends.end());
    }
    for (const std::string& name : safe) backends.erase(name);
    if (backends.empty()) return {};

    const auto all = opened.locked.table.list();
    if (!all) return tl::unexpected(all.error());
    for (const std::string& name : backends) {
        const auto backend = rule.inspect(*all, name);
        if (!backend) return tl::unexpected(backend.error());
        if (backend->keeps_one || backend->servers < 2 || backend->leaving.empty()) continue;
        const bool is_503 =
            std::all_of(leaving.begin(), leaving.end(), [&](const ServerEntry& one) { return is_soft(one, how); });
        return fail(
            Errc::kUnsafe,
            fmt::format("backend {} would have no ready server left ({}); {}make another one ready first, or "
                        "give {}{}",
                        name, format_standing(*backend), is_503 ? "drained softly, its clients would get 503; " : "",
                        context.option("force"), is_503 ? " (they get 503 then)" : ""));
    }
    return {};
}

}  // namespace zdr
