#include "ctl/control/flip_servers.h"

#include <fmt/core.h>

#include "ctl/control/min_ready.h"
#include "zdr/model/flip_log_line.h"

namespace zdr::ctl {
namespace {

Result<std::vector<Found>> look_up(const ServerTable& table, std::span<const std::string> names, Known known,
                                   const Now& now) {
    auto entries = find_servers(table, names, known);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<Found> out;
    out.reserve(entries->size());
    for (ServerEntry& entry : *entries) {
        auto before = table.flip_of(entry.slot);
        if (!before) return tl::unexpected(std::move(before.error()));
        const State was = before->effective(now.boot);
        out.push_back({std::move(entry), std::move(*before), was});
    }
    return out;
}

Result<void> check(const ServerTable& table, std::span<const Found> found, const Order& order, const Now& now) {
    if (order.check)
        for (const Found& one : found)
            if (auto allowed = order.check(one); !allowed) return allowed;
    if (order.force || order.record.state == State::kReady) return {};
    std::vector<ServerEntry> leaving;
    for (const Found& one : found)
        if (one.was == State::kReady) leaving.push_back(one.entry);
    return check_min_ready(table, leaving, now.boot);
}

// Nothing is asked to change: the state is in force, and for good.
bool is_settled(const Found& one, const Order& order) {
    const bool lease_is_pending = order.record.state != State::kReady && one.before.expires_boot.has_value();
    return order.keeps_settled && one.was == order.record.state && !lease_is_pending;
}

Flipped planned(Found&& one, const Order& order, const Now& now) {
    if (is_settled(one, order)) {
        Flip same = one.before;
        return {std::move(one), false, std::move(same)};
    }
    Flip after = order.record;
    const bool goes_on = order.keeps_since && one.was == after.state && one.before.since_boot.count() != 0;
    after.since_boot = goes_on ? one.before.since_boot : now.boot;
    after.since_unix = goes_on ? one.before.since_unix : now.wall;
    if (order.ttl) after.expires_boot = now.boot + *order.ttl;
    return {std::move(one), true, std::move(after)};
}

// All or none: when one cannot be written, those before it get their old records back. One that had none gets the
// record of a server that was never flipped, which means the same.
Result<void> write_all(const ServerTable& table, std::span<const Flipped> flips) {
    std::vector<const Found*> written;
    for (const Flipped& one : flips) {
        if (!one.changed) continue;
        auto done = table.flip(one.found.entry.slot, one.after);
        if (done) {
            written.push_back(&one.found);
            continue;
        }
        Error error = std::move(done.error()).with(one.found.entry.server.name);
        for (const Found* undo : written) {
            if (!table.flip(undo->entry.slot, undo->before))
                error.text += fmt::format("; {} could not be put back", undo->entry.server.name);
        }
        return tl::unexpected(std::move(error));
    }
    return {};
}

}  // namespace

Result<std::vector<Flipped>> flip_servers(std::span<const std::string> names, const Order& order,
                                          const Options& options, Env& env) {
    auto opened = open_table(options, Access::kWrite, env);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    const Now now = env.now();  // the lock may have been waited for
    auto found = look_up(opened->table, names, order.known, now);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (auto checked = check(opened->table, *found, order, now); !checked)
        return tl::unexpected(std::move(checked.error()));
    std::vector<Flipped> flips;
    flips.reserve(found->size());
    for (Found& one : *found) flips.push_back(planned(std::move(one), order, now));
    if (auto written = write_all(opened->table, flips); !written) return tl::unexpected(std::move(written.error()));
    return flips;
}

void note(std::span<const Flipped> flips, Env& env) {
    for (const Flipped& one : flips)
        if (one.changed) env.journal(journal_line(one.found.entry.server.name, one.found.was, one.after));
}

}  // namespace zdr::ctl
