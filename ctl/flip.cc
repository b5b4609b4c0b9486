// The commands drain, maint and ready: one body, three states.
#include "zdr/flip.h"

#include <fmt/core.h>

#include <string>
#include <vector>

#include "ctl/commands.h"
#include "ctl/safety.h"
#include "ctl/table.h"
#include "ctl/text.h"
#include "zdr/text.h"

namespace zdr::ctl {
namespace {

struct Planned {
    ServerEntry entry;
    Flip before;
    State was;  // in force when it was looked up
    bool changes;
};

// Nothing is asked to change: the state is in force, for good, and no new reason or lease is given.
bool is_settled(const Flip& before, State was, State to, const Options& options) {
    const bool lease_is_pending = to != State::kReady && before.expires_boot.has_value();
    return was == to && !lease_is_pending && !options.reason && !options.ttl;
}

Result<std::vector<Planned>> plan(const ServerTable& table, State to, const Options& options, const Now& now) {
    auto entries = find_servers(table, options.names);
    if (!entries) return tl::unexpected(std::move(entries.error()));
    std::vector<Planned> out;
    out.reserve(entries->size());
    for (ServerEntry& entry : *entries) {
        auto before = table.flip_of(entry.slot);
        if (!before) return tl::unexpected(std::move(before.error()));
        const State was = before->effective(now.boot);
        const bool changes = !is_settled(*before, was, to, options);
        out.push_back({std::move(entry), std::move(*before), was, changes});
    }
    return out;
}

Result<void> check_safety(const ServerTable& table, const std::vector<Planned>& planned, const Now& now) {
    std::vector<ServerEntry> leaving;
    for (const Planned& one : planned) {
        if (one.was == State::kReady) leaving.push_back(one.entry);
    }
    return check_min_ready(table, leaving, now.boot);
}

// All or none: when one cannot be written, those before it get their old records back. One that had none gets the
// record of a server that was never flipped, which means the same.
Result<void> write_all(const ServerTable& table, const std::vector<Planned>& planned, const Flip& flip) {
    std::vector<const Planned*> written;
    for (const Planned& one : planned) {
        if (!one.changes) continue;
        auto done = table.flip(one.entry.slot, flip);
        if (done) {
            written.push_back(&one);
            continue;
        }
        Error error = std::move(done.error()).with(one.entry.server.name);
        for (const Planned* undo : written) {
            if (!table.flip(undo->entry.slot, undo->before))
                error.text += fmt::format("; {} could not be put back", undo->entry.server.name);
        }
        return tl::unexpected(std::move(error));
    }
    return {};
}

std::string report(const Planned& one, State to, const Options& options) {
    const auto name = printable(one.entry.server.name);
    if (!one.changes) return fmt::format("{}: already {}\n", name, to_string(to));
    const auto lease =
        !options.ttl
            ? ""
            : fmt::format(" for {}", shown_span(std::chrono::duration_cast<std::chrono::seconds>(*options.ttl)));
    if (one.was == to) return fmt::format("{}: {}{} again, with a new record\n", name, to_string(to), lease);
    return fmt::format("{}: {}{} (was {})\n", name, to_string(to), lease, to_string(one.was));
}

// Returns what there is to say, so that it is said only after the lock is released.
Result<std::string> flip_locked(State to, const Options& options, Flip flip, Env& env) {
    auto opened = open_table(options, Access::kWrite, env);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    const Now now = env.now();  // the lock may have been waited for
    flip.since_boot = now.boot;
    flip.since_unix = now.wall;
    if (options.ttl) flip.expires_boot = now.boot + *options.ttl;

    const auto planned = plan(opened->table, to, options, now);
    if (!planned) return tl::unexpected(planned.error());
    if (to != State::kReady && !options.force) {
        auto safe = check_safety(opened->table, *planned, now);
        if (!safe) return tl::unexpected(std::move(safe.error()));
    }
    auto written = write_all(opened->table, *planned, flip);
    if (!written) return tl::unexpected(std::move(written.error()));
    std::string said;
    for (const Planned& one : *planned) said += report(one, to, options);
    return said;
}

Result<void> flip_servers(State to, const Options& options, Env& env) {
    User user = env.user();
    auto flip = make_flip(to, user.uid, std::move(user.name), options.reason.value_or(""));
    if (!flip) return fail_with("--reason", std::move(flip));
    auto said = flip_locked(to, options, std::move(*flip), env);
    if (!said) return tl::unexpected(std::move(said.error()));
    if (!options.quiet) env.err(*said);
    return {};
}

}  // namespace

Result<void> drain(const Options& options, Env& env) {
    return flip_servers(State::kDrain, options, env);
}
Result<void> maint(const Options& options, Env& env) {
    return flip_servers(State::kMaint, options, env);
}
Result<void> ready(const Options& options, Env& env) {
    return flip_servers(State::kReady, options, env);
}

}  // namespace zdr::ctl
