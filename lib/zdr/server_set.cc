#include "zdr/server_set.h"

#include <fmt/core.h>

#include <set>

#include "zdr/redirects.h"
#include "zdr/server_table.h"

namespace zdr {
namespace {

// One replacement: the maps it writes, what is there, and what is to be. Undoes what it wrote unless it is completed.
class Replacement {
  public:
    static Result<Replacement> open(const std::string& pins);
    Replacement(Replacement&&) = default;
    Replacement& operator=(Replacement&&) = delete;
    ~Replacement() { undo(); }

    Changes plan(std::span<const Server> servers);
    Result<void> carry_out(const std::map<std::string, Flip>& last_flips);

  private:
    using Servers = BpfMap<zdr_server_key, zdr_server>;
    using States = BpfMap<__u32, zdr_state>;

    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using MoreChecksMap = BpfMap<__u32, zdr_more_checks>;

    Replacement(Servers servers, States states, ChecksMap checks, MoreChecksMap more_checks, Redirects redirects,
                std::vector<ServerEntry> before)
        : servers_(std::move(servers)),
          states_(std::move(states)),
          checks_(std::move(checks)),
          more_checks_(std::move(more_checks)),
          redirects_(std::move(redirects)) {
        for (ServerEntry& entry : before) before_.emplace(entry.server.name, std::move(entry));
    }

    Result<void> write_new(const std::map<std::string, Flip>& last_flips);
    Result<void> write_servers();
    void forget(std::uint32_t slot);
    void undo();

    Servers servers_;
    States states_;
    ChecksMap checks_;
    MoreChecksMap more_checks_;
    Redirects redirects_;
    std::map<std::string, ServerEntry> before_;
    std::map<std::string, ServerEntry> after_;
    bool begun_ = false;
};

Flip start_flip(const Server& server, const std::map<std::string, Flip>& last_flips) {
    const auto begin = [](State state) { return *make_flip(state, 0, "zdr-loader", ""); };
    switch (server.start) {
        case Start::kReady:
            return Flip{};
        case Start::kDrain:
            return begin(State::kDrain);
        case Start::kMaint:
            return begin(State::kMaint);
        case Start::kLast:
            break;
    }
    const auto last = last_flips.find(server.name);
    return last == last_flips.end() ? Flip{} : last->second;
}

Result<Replacement> Replacement::open(const std::string& pins) {
    auto table = ServerTable::open(pins, Access::kWrite);
    if (!table) return tl::unexpected(std::move(table.error()));
    auto before = table->list();
    if (!before) return tl::unexpected(std::move(before.error()));
    auto servers = Servers::open(pins + "/" ZDR_MAP_SERVERS, Access::kWrite);
    if (!servers) return tl::unexpected(std::move(servers.error()));
    auto states = States::open(pins + "/" ZDR_MAP_STATES, Access::kWrite);
    if (!states) return tl::unexpected(std::move(states.error()));
    auto checks = ChecksMap::open(pins + "/" ZDR_MAP_CHECKS, Access::kWrite);
    if (!checks) return tl::unexpected(std::move(checks.error()));
    auto more_checks = MoreChecksMap::open(pins + "/" ZDR_MAP_MORE_CHECKS, Access::kWrite);
    if (!more_checks) return tl::unexpected(std::move(more_checks.error()));
    auto redirects = Redirects::open(pins);
    if (!redirects) return tl::unexpected(std::move(redirects.error()));
    return Replacement(std::move(*servers), std::move(*states), std::move(*checks), std::move(*more_checks),
                       std::move(*redirects), std::move(*before));
}

Changes Replacement::plan(std::span<const Server> servers) {
    Changes changes;
    std::set<std::uint32_t> used;
    for (const auto& [name, entry] : before_) used.insert(entry.slot);
    std::uint32_t next_slot = 0;
    for (const Server& server : servers) {
        const auto old = before_.find(server.name);
        if (old != before_.end()) {
            if (old->second.server != server) changes.changed.push_back(server.name);
            after_.emplace(server.name, ServerEntry{server, old->second.slot});
            continue;
        }
        while (used.contains(next_slot)) ++next_slot;
        changes.added.push_back(server.name);
        after_.emplace(server.name, ServerEntry{server, next_slot++});
    }
    for (const auto& [name, entry] : before_)
        if (!after_.contains(name)) changes.removed.push_back(name);
    return changes;
}

Result<void> Replacement::carry_out(const std::map<std::string, Flip>& last_flips) {
    begun_ = true;
    if (auto written = write_new(last_flips); !written) return written;
    if (auto written = write_servers(); !written) return written;
    std::vector<ServerEntry> entries;
    for (const auto& [name, entry] : after_) entries.push_back(entry);
    if (auto replaced = redirects_.replace(redirects_of(entries)); !replaced) return replaced;
    begun_ = false;
    for (const auto& [name, entry] : before_)
        if (!after_.contains(name)) forget(entry.slot);
    return {};
}

// The states of the servers that are new, before anything can lead to them; whatever a slot's earlier owner left goes.
Result<void> Replacement::write_new(const std::map<std::string, Flip>& last_flips) {
    for (const auto& [name, entry] : after_) {
        if (before_.contains(name)) continue;
        if (auto erased = checks_.erase(entry.slot); !erased) return tl::unexpected(std::move(erased.error()));
        if (auto erased = more_checks_.erase(entry.slot); !erased) return tl::unexpected(std::move(erased.error()));
        const Flip flip = start_flip(entry.server, last_flips);
        if (flip.since_boot.count() == 0) {  // ready, never flipped
            if (auto erased = states_.erase(entry.slot); !erased) return tl::unexpected(std::move(erased.error()));
        } else if (auto set = states_.set(entry.slot, to_record(flip)); !set) {
            return set;
        }
    }
    return {};
}

Result<void> Replacement::write_servers() {
    for (const auto& [name, entry] : before_) {
        if (after_.contains(name)) continue;
        if (auto erased = servers_.erase(to_key(name)); !erased) return tl::unexpected(std::move(erased.error()));
    }
    for (const auto& [name, entry] : after_) {
        const auto old = before_.find(name);
        if (old != before_.end() && old->second.server == entry.server) continue;
        if (auto set = servers_.set(to_key(name), to_record(entry.server, entry.slot)); !set) return set;
    }
    return {};
}

void Replacement::forget(std::uint32_t slot) {
    (void)states_.erase(slot);
    (void)checks_.erase(slot);
    (void)more_checks_.erase(slot);
}

// Best effort: what cannot be written back now, the next replacement makes right.
void Replacement::undo() {
    if (!begun_) return;
    for (const auto& [name, entry] : after_) {
        if (before_.contains(name)) continue;
        (void)servers_.erase(to_key(name));
        forget(entry.slot);
    }
    for (const auto& [name, entry] : before_) (void)servers_.set(to_key(name), to_record(entry.server, entry.slot));
}

}  // namespace

Result<Changes> replace_servers(const std::string& pins, std::span<const Server> servers,
                                const std::map<std::string, Flip>& last_flips) {
    if (servers.size() > ZDR_MAX_SERVERS)
        return fail(Errc::kUsage,
                    fmt::format("{} servers are too many; at most {} fit", servers.size(), ZDR_MAX_SERVERS));
    auto replacement = Replacement::open(pins);
    if (!replacement) return tl::unexpected(std::move(replacement.error()));
    Changes changes = replacement->plan(servers);
    if (auto done = replacement->carry_out(last_flips); !done) return tl::unexpected(std::move(done.error()));
    return changes;
}

}  // namespace zdr
