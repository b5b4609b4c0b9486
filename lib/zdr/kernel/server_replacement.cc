#include "zdr/kernel/server_replacement.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/redirects.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/rewriting.h"
#include "zdr/kernel/server_record.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/slot_records.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/model/slots.h"
#include "zdr/net/local_addresses.h"

namespace zdr {
namespace {

// A server of the new set.
struct PlannedServer {
    ServerEntry entry;
    const ServerEntry* before = nullptr;  // null: it is new
    NewSlot::From from = NewSlot::From::kFree;

    bool was_published() const { return before != nullptr && before->is_published; }
    bool is_written() const { return before != nullptr && *before == entry; }
};

// One replacement: the maps it writes, what is there, and what is to be. Undoes what it wrote unless it is completed.
class Replacement {
  public:
    static Result<Replacement> open(const std::string& pins);
    Replacement(Replacement&&) = default;
    Replacement& operator=(Replacement&&) = delete;
    ~Replacement() { undo(); }

    Result<Changes> plan(std::span<const Server> servers);
    Result<void> carry_out(const InitialState& initial);

  private:
    Replacement(std::string pins, ServerRecords servers, SlotRecords records, Redirects redirects,
                std::vector<Address> local, std::vector<ListeningSocket> listening, std::vector<ServerEntry> before,
                bool was_noted)
        : pins_(std::move(pins)),
          servers_(std::move(servers)),
          records_(std::move(records)),
          redirects_(std::move(redirects)),
          local_(std::move(local)),
          listening_(std::move(listening)),
          current_(std::move(before)),
          was_noted_(was_noted) {}

    Changes match(std::span<const Server> servers);
    Result<void> assign(std::span<PlannedServer* const> added);
    Result<void> note();
    Result<void> retire();
    Result<void> write_initial_states(NewSlot::From from, const InitialState& initial);
    std::vector<ServerEntry> entries(bool all) const;
    Result<void> write_servers();
    Result<void> write_before_swap();
    void clear_left() const;
    bool write_back() const;
    void undo();

    std::string pins_;
    ServerRecords servers_;
    SlotRecords records_;
    Redirects redirects_;
    std::vector<Address> local_;  // this host's addresses
    std::vector<ListeningSocket> listening_;
    std::vector<ServerEntry> current_;         // by name
    std::vector<PlannedServer> desired_;       // by name
    std::vector<const ServerEntry*> removed_;  // of current_
    std::vector<Flip> removed_flips_;          // of those, only where their slots are needed
    bool is_short_of_slots_ = false;           // the old and the new servers do not fit side by side
    bool is_retired_ = false;
    bool begun_ = false;
    bool was_noted_;  // zdr_meta.is_changing: an earlier one was cut off
    bool is_noted_ = false;
};

Result<Replacement> Replacement::open(const std::string& pins) {
    auto table = ServerTable::open(pins, Access::kWrite, Abi::kThisOrCarried);
    if (!table) return tl::unexpected(std::move(table.error()));
    auto before = table->list();
    if (!before) return tl::unexpected(std::move(before.error()));
    auto servers = ServerRecords::open(pins);
    if (!servers) return tl::unexpected(std::move(servers.error()));
    auto records = SlotRecords::open(pins, table->side());
    if (!records) return tl::unexpected(std::move(records.error()));
    auto redirects = Redirects::open(pins);
    if (!redirects) return tl::unexpected(std::move(redirects.error()));
    auto local = local_addresses();
    if (!local) return tl::unexpected(std::move(local.error()));
    auto listening = listening_sockets();
    if (!listening) return tl::unexpected(std::move(listening.error()));
    return Replacement(pins, std::move(*servers), std::move(*records), std::move(*redirects), std::move(*local),
                       std::move(*listening), std::move(*before), table->is_changing());
}

Result<Changes> Replacement::plan(std::span<const Server> servers) {
    if (auto free = check_status_ports(servers, current_, listening_, local_); !free)
        return tl::unexpected(free.error());
    Changes changes = match(servers);
    const auto published = published_ports();
    const PublishedPorts* known = published ? &*published : nullptr;
    if (known == nullptr) changes.published_unknown = published.error().text;
    std::vector<PlannedServer*> added;
    for (PlannedServer& planned : desired_) {
        planned.entry.is_published = is_published(planned.entry.server, known, planned.was_published());
        if (planned.before == nullptr) added.push_back(&planned);
    }
    if (auto given = assign(added); !given) return tl::unexpected(std::move(given.error()));
    std::vector<ServerEntry*> all;
    for (PlannedServer& planned : desired_) all.push_back(&planned.entry);
    link_peers(all);
    return changes;
}

// By the pairs of the plan that `apply --dry-run` shows.
Changes Replacement::match(std::span<const Server> servers) {
    std::vector<const Server*> before;
    for (const ServerEntry& entry : current_) before.push_back(&entry.server);
    const auto pairs = pair_servers(before, by_name(servers));
    desired_.reserve(servers.size());
    auto next = current_.cbegin();
    for (const ServerPair& pair : pairs) {
        const ServerEntry* entry = pair.before == nullptr ? nullptr : &*next++;
        if (pair.after == nullptr)
            removed_.push_back(entry);
        else
            desired_.push_back({.entry = {*pair.after, entry == nullptr ? 0 : entry->slot}, .before = entry});
    }
    return changes_of(pairs);
}

Result<void> Replacement::assign(std::span<PlannedServer* const> added) {
    std::vector<std::uint32_t> kept;
    for (const PlannedServer& planned : desired_)
        if (planned.before != nullptr) kept.push_back(planned.entry.slot);
    is_short_of_slots_ = current_.size() + added.size() > ZDR_MAX_SERVERS;
    std::vector<RemovedSlot> removed;
    for (const ServerEntry* entry : removed_) {
        bool is_ready = true;
        if (is_short_of_slots_) {
            auto found = records_.flips().find(entry->slot);
            if (!found) return tl::unexpected(std::move(found.error()));
            is_ready = found->state == State::kReady;
            removed_flips_.push_back(std::move(*found));
        }
        removed.push_back({entry->slot, is_ready});
    }
    std::vector<bool> starts_ready;
    for (const PlannedServer* planned : added) starts_ready.push_back(planned->entry.server.start == Start::kReady);
    const auto slots = assign_slots(kept, removed, starts_ready);
    for (std::size_t i = 0; i < added.size(); ++i) {
        added[i]->entry.slot = slots[i].slot;
        added[i]->from = slots[i].from;
    }
    return {};
}

Result<void> Replacement::carry_out(const InitialState& initial) {
    begun_ = true;
    const auto all = entries(true);
    if (auto begun = write_initial_states(NewSlot::From::kFree, initial); !begun) return begun;
    if (auto retired = retire(); !retired) return retired;
    if (auto begun = write_initial_states(NewSlot::From::kOtherState, initial); !begun) return begun;
    const bool may_rewrite = any_may_be_rewritten(all, listening_);
    if (may_rewrite)
        if (auto written = write_may_rewrite(pins_, true); !written) return written;
    auto replaced = redirects_.replace(redirects_of(all, local_), [&] { return write_before_swap(); });
    if (!replaced) return replaced;
    begun_ = false;
    (void)register_listeners(pins_);  // again, for connections through these ports that are there already
    if (is_noted_ || was_noted_) (void)write_is_changing(pins_, false);  // else the next change does it
    if (!may_rewrite) (void)write_may_rewrite(pins_, false);             // to look in vain does no harm
    clear_left();
    return {};
}

// The records are others than the redirects for as short as can be, and whoever reads them is told if it stays so.
Result<void> Replacement::write_before_swap() {
    if (auto registered = register_listeners(pins_); !registered) return registered;
    const bool is_same = removed_.empty() && std::all_of(desired_.begin(), desired_.end(),
                                                         [](const PlannedServer& one) { return one.is_written(); });
    if (is_same) return {};
    if (auto noted = note(); !noted) return noted;
    return write_servers();
}

// What the servers that went have left: nothing leads there any more (replace() waits for programs that still ran).
// Best effort: who gets a slot clears it. One that went from one ready server to another is only now surely the new
// one's.
void Replacement::clear_left() const {
    std::vector<bool> is_new(ZDR_MAX_SERVERS);
    std::vector<std::uint32_t> left;
    for (const PlannedServer& planned : desired_) {
        if (planned.before == nullptr) is_new[planned.entry.slot] = true;
        if (planned.from == NewSlot::From::kSameState) left.push_back(planned.entry.slot);
    }
    for (const ServerEntry* entry : removed_)
        if (!is_new[entry->slot]) left.push_back(entry->slot);
    (void)records_.forget(left);
}

// Of the new set; all, or without those that wait for a slot to be given up.
std::vector<ServerEntry> Replacement::entries(bool all) const {
    std::vector<ServerEntry> out;
    for (const PlannedServer& planned : desired_)
        if (all || planned.from != NewSlot::From::kOtherState) out.push_back(planned.entry);
    return out;
}

// Beside 65,536 servers no slot may be free for a new one, and one that is not ready on both sides cannot change hands
// in the step that replaces the redirects: its state would be wrong just before or after. So what goes, goes first.
Result<void> Replacement::retire() {
    is_retired_ = std::any_of(desired_.begin(), desired_.end(),
                              [](const PlannedServer& one) { return one.from == NewSlot::From::kOtherState; });
    if (!is_retired_) return {};
    if (auto noted = note(); !noted) return noted;
    return redirects_.replace(redirects_of(entries(false), local_));
}

Result<void> Replacement::note() {
    is_noted_ = true;
    return write_is_changing(pins_, true);
}

// The states of the servers that are new, before anything can lead to them; whatever a slot's earlier owner left goes.
Result<void> Replacement::write_initial_states(NewSlot::From from, const InitialState& initial) {
    std::vector<std::uint32_t> slots;
    std::vector<Flip> flips;
    for (const PlannedServer& planned : desired_) {
        if (planned.before != nullptr || planned.from != from) continue;
        slots.push_back(planned.entry.slot);
        flips.push_back(initial.flip_of(planned.entry.server));
    }
    if (auto forgotten = records_.forget(slots); !forgotten) return forgotten;
    return records_.flips().begin(slots, flips);
}

// Whoever is killed leaves no server with a peer that is not there: new ones come before those that stay and may have
// them for peers, and those before the going ones. Only beside the most servers is no room: there new ones come last.
Result<void> Replacement::write_servers() {
    std::vector<const ServerEntry*> added;
    std::vector<const ServerEntry*> kept;
    for (const PlannedServer& planned : desired_)
        if (!planned.is_written()) (planned.before == nullptr ? added : kept).push_back(&planned.entry);
    if (!is_short_of_slots_)
        if (auto set = servers_.set(added, records_); !set) return set;
    if (auto set = servers_.set(kept, records_); !set) return set;
    if (auto erased = servers_.erase(removed_); !erased || !is_short_of_slots_) return erased;
    return servers_.set(added, records_);
}

// Where that fails, the note of it stays, and the next replacement makes all right.
void Replacement::undo() {
    if (begun_ && write_back() && is_noted_ && !was_noted_) (void)write_is_changing(pins_, false);
}

bool Replacement::write_back() const {
    std::vector<const ServerEntry*> added;
    std::vector<std::uint32_t> slots;
    for (const PlannedServer& planned : desired_) {
        if (planned.before != nullptr) continue;
        added.push_back(&planned.entry);
        if (planned.from == NewSlot::From::kFree) slots.push_back(planned.entry.slot);
    }
    const bool is_erased = servers_.erase(added).has_value();
    (void)records_.forget(slots);
    std::vector<const ServerEntry*> old;
    for (const ServerEntry& entry : current_) old.push_back(&entry);
    const bool is_written = servers_.set(old, records_) && is_erased;
    if (!is_retired_) return is_written;
    std::vector<std::uint32_t> gone;
    for (const ServerEntry* entry : removed_) gone.push_back(entry->slot);
    (void)records_.flips().begin(gone, removed_flips_);
    return redirects_.replace(redirects_of(current_, local_)) && is_written;
}

}  // namespace

Result<Changes> replace_servers(const std::string& pins, std::span<const Server> servers, const InitialState& initial) {
    if (servers.size() > ZDR_MAX_SERVERS)
        return fail(Errc::kUsage,
                    fmt::format("{} servers are too many; at most {} fit", servers.size(), ZDR_MAX_SERVERS));
    auto replacement = Replacement::open(pins);
    if (!replacement) return tl::unexpected(std::move(replacement.error()));
    auto changes = replacement->plan(servers);
    if (!changes) return changes;
    if (auto done = replacement->carry_out(initial); !done) return tl::unexpected(std::move(done.error()));
    return changes;
}

}  // namespace zdr
