#include "zdr/control/flip_servers.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "zdr/control/min_ready.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/model/flip_log_line.h"
#include "zdr/model/last_flips.h"

namespace zdr {
namespace {

Result<std::vector<FoundServer>> look_up(const ServerTable& table, std::span<const std::string> names,
                                         IfMissing if_missing, const Now& now) {
    auto entries = find_servers(table, names, if_missing);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<FoundServer> out;
    out.reserve(entries->size());
    for (ServerEntry& entry : *entries) {
        auto before = table.flip_of(entry.slot);
        if (!before) return tl::unexpected(std::move(before.error()));
        const State was = before->effective(now.boot);
        out.push_back({std::move(entry), std::move(*before), was});
    }
    return out;
}

MinReady rule_of(const FlipRequest& request) {
    const bool takes_none_out = request.record.state == State::kReady || request.move_to;
    return request.force || takes_none_out ? MinReady::kIsOverridden : MinReady::kHolds;
}

Result<void> check(const GuardedTable& opened, std::span<const FoundServer> found, const FlipRequest& request,
                   const Context& context) {
    if (request.check)
        for (const FoundServer& one : found)
            if (auto allowed = request.check(one); !allowed) return allowed;
    if (rule_of(request) == MinReady::kIsOverridden) return {};
    std::vector<ServerEntry> leaving;
    for (const FoundServer& one : found)
        if (one.was == State::kReady) leaving.push_back(one.entry);
    const auto how = request.record.state == State::kDrain ? TakenOut::kByDrainPort : TakenOut::kByRefusal;
    return check_min_ready(opened, leaving, {}, how, context);
}

// The servers, if the request is allowed for all of them.
Result<std::vector<FoundServer>> look_up_allowed(const GuardedTable& opened, std::span<const std::string> names,
                                                 const FlipRequest& request, const Context& context) {
    auto found = look_up(opened.locked.table, names, request.if_missing, context.now());
    if (!found) return found;
    if (auto checked = check(opened, *found, request, context); !checked)
        return tl::unexpected(std::move(checked.error()));
    return found;
}

// Nothing is asked to change: the state is in force, and for good.
bool is_settled(const FoundServer& one, const FlipRequest& request) {
    if (request.move_to) return one.before.active_port == request.move_to->port;
    const bool ends_by_itself = one.before.expires_boot.has_value() || one.before.until_listening;
    const bool lease_is_pending = request.record.state != State::kReady && ends_by_itself;
    return request.skip_unchanged && one.was == request.record.state && !lease_is_pending;
}

Flipped planned(FoundServer&& one, const FlipRequest& request, const Now& now) {
    if (is_settled(one, request)) {
        Flip same = one.before;
        return {std::move(one), false, std::move(same)};
    }
    Flip after = request.record;
    after.active_port = one.before.active_port;
    if (request.move_to) {
        after.state = one.was;
        after.until_listening = one.before.until_listening;
        after.holder = one.before.holder;
        if (one.was == one.before.state) after.expires_boot = one.before.expires_boot;
        after.active_port = request.move_to->port;
    }
    const bool goes_on = request.preserve_since && one.was == after.state && one.before.since_boot.count() != 0;
    after.since_boot = goes_on ? one.before.since_boot : now.boot;
    after.since_unix = goes_on ? one.before.since_unix : now.wall;
    if (request.ttl) after.expires_boot = now.boot + *request.ttl;
    return {std::move(one), true, std::move(after)};
}

// A table of who and why that somebody has filled keeps nobody from a flip.
Result<void> write(const ServerTable& table, const Flipped& one, const Context& context) {
    auto written = table.flip(one.found.entry.slot, one.after);
    if (!written) return tl::unexpected(std::move(written.error()));
    if (const auto& unkept = *written)
        context.report(fmt::format("who flips {} and why cannot be kept ({}); {} makes room",
                                   format_name(one.found.entry.server.name), unkept->text,
                                   load_command(context.state_dir)));
    return {};
}

// All or none: when one cannot be written, those before it get their old records back. One that had none gets the
// record of a server that was never flipped, which means the same.
Result<void> write_all(const ServerTable& table, std::span<const Flipped> flips, const Context& context) {
    std::vector<const FoundServer*> written;
    for (const Flipped& one : flips) {
        if (!one.changed) continue;
        auto done = write(table, one, context);
        written.push_back(&one.found);
        if (done) continue;
        Error error = std::move(done.error()).with(one.found.entry.server.name);
        for (const FoundServer* undo : written)
            if (!table.flip(undo->entry.slot, undo->before) && undo != written.back())
                error.text += fmt::format("; {} could not be put back", undo->entry.server.name);
        return tl::unexpected(std::move(error));
    }
    return {};
}

void report_unkept(const Error& error, const Context& context) {
    context.report(fmt::format("the state will not outlive a reboot: {}", error.text));
}

// What outlives the kernel's memory, for those that start as they were: on the disk before anything is flipped, and in
// its place after it. A full disk keeps nobody from draining a server.
std::vector<PendingFile> write_last(std::span<const Flipped> flips, const Context& context) {
    std::optional<LastFlips> last;  // most servers do not start so, and a flip pays for nothing that it does not need
    std::vector<PendingFile> out;
    for (const Flipped& one : flips) {
        const Server& server = one.found.entry.server;
        if (!one.changed || server.start != Start::kLast) continue;
        if (!last) last.emplace(context.state_dir);
        if (auto file = last->write(server.name, one.after))
            out.push_back(std::move(*file));
        else
            report_unkept(file.error(), context);
    }
    return out;
}

void commit_last(std::vector<PendingFile>& files, const Context& context) {
    for (PendingFile& one : files)
        if (auto done = one.commit(); !done) report_unkept(done.error(), context);
}

// Connections that are open see the refusal too, or lead to the app again and not to a drain port; and what listens
// without the hooks' knowledge is found. The flips are done, so this undoes none of them; a wait tries again, and fails
// if it must.
void tend_sockets(const LockedTable& opened, std::span<const Flipped> flips, const Context& context) {
    std::vector<Server> ready;
    for (const Flipped& one : flips)
        if (one.changed && one.after.state == State::kReady)
            ready.push_back(at_active_port(one.found.entry.server, one.after));
    const bool were_soft =
        std::any_of(ready.begin(), ready.end(), [](const Server& one) { return one.drain_port.has_value(); });
    const std::string pins = opened.dir.live();
    auto tended = ready.size() == flips.size() && !were_soft ? Result<void>() : end_refused_connections(pins);
    if (tended && !ready.empty()) tended = register_missing_listeners(pins, ready);
    if (!tended) context.report_detail(fmt::format("look at the sockets: {}", tended.error().text));
}

}  // namespace

Result<void> check_flip(std::span<const std::string> names, const FlipRequest& request, const Context& context) {
    const auto opened = open_guarded(context, Access::kWrite, rule_of(request));
    if (!opened) return tl::unexpected(opened.error());
    const auto found = look_up_allowed(*opened, names, request, context);
    if (!found) return tl::unexpected(found.error());
    return {};
}

Result<std::vector<Flipped>> flip_servers(std::span<const std::string> names, const FlipRequest& request,
                                          const Context& context) {
    auto opened = open_guarded(context, Access::kWrite, rule_of(request));
    if (!opened) return tl::unexpected(std::move(opened.error()));
    auto found = look_up_allowed(*opened, names, request, context);
    if (!found) return tl::unexpected(std::move(found.error()));
    const Now now = context.now();  // the lock may have been waited for
    std::vector<Flipped> flips;
    flips.reserve(found->size());
    for (FoundServer& one : *found) flips.push_back(planned(std::move(one), request, now));
    auto last = write_last(flips, context);
    if (auto written = write_all(opened->locked.table, flips, context); !written)
        return tl::unexpected(std::move(written.error()));
    commit_last(last, context);
    tend_sockets(opened->locked, flips, context);
    return flips;
}

void log_flips(std::span<const Flipped> flips, const Context& context) {
    for (const Flipped& one : flips)
        if (one.changed) context.log(format_flip_log_line(one.found.entry.server.name, one.found.was, one.after));
}

}  // namespace zdr
