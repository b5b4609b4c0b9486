#include "zdr/control/checks_of.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>

#include "zdr/base/duration.h"
#include "zdr/base/pid_namespace.h"
#include "zdr/base/process_stat.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/restart/app.h"
#include "zdr/model/acknowledgement.h"
#include "zdr/model/checker_standing.h"
#include "zdr/net/port_clients.h"

namespace zdr {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kFirstCheckPause(100);
constexpr milliseconds kAppAnswersWithin(500);

// Who runs a process; none: it has ended. One that may not be seen could be anybody's.
enum class Owner { kOneOf, kNoneOf, kUnknown };

Owner owner_is_among(std::uint32_t pid, const std::set<std::uint32_t>& uids) {
    struct stat process;
    if (stat(fmt::format("/proc/{}", pid).c_str(), &process) != 0)
        return errno == ENOENT ? Owner::kNoneOf : Owner::kUnknown;
    return uids.contains(process.st_uid) ? Owner::kOneOf : Owner::kNoneOf;
}

bool has_ended(const Checker& checker) {
    if (checker.is_elsewhere || checker.hook != Checker::Hook::kCgroup || checker.pid == 0) return false;
    const auto pid = static_cast<pid_t>(checker.pid);
    const bool is_there = kill(pid, 0) == 0 || errno != ESRCH;
    const bool is_seen = access(fmt::format("/proc/{}/stat", pid).c_str(), R_OK) == 0;
    return !is_there || (is_seen && !read_process_stat(pid));  // of one that nobody has waited for the pid is there yet
}

bool sends_traffic(const Checker& checker, const PortClients& clients) {
    if (checker.hook == Checker::Hook::kCgroup)
        return checker.pid != 0 && (clients.has_ended_here || checker.is_elsewhere ||
                                    owner_is_among(checker.pid, clients.uids) != Owner::kNoneOf);
    const auto address = Address::parse(checker.from);
    return address && clients.addresses.contains(address->words());
}

// Those that the settings name, and that do not check.
std::vector<CheckerName> missing_names(const Server& server, std::span<const Checker> checkers) {
    std::vector<CheckerName> out;
    std::copy_if(server.checkers.begin(), server.checkers.end(), std::back_inserter(out), [&](const CheckerName& name) {
        return std::none_of(checkers.begin(), checkers.end(),
                            [&](const Checker& one) { return matches(name, one) && !one.has_ended; });
    });
    return out;
}

bool has_checker(const Server& server, std::span<const Checker> checkers, nanoseconds now_boot) {
    if (!missing_names(server, checkers).empty()) return false;
    return std::any_of(checkers.begin(), checkers.end(), [&](const Checker& one) {
        return standing_of(one, server, now_boot) == Standing::kCounts || has_it_down(one, server, now_boot);
    });
}

// Whether somebody asked lately, though not as a checker does: it may be one that begins, or goes on after a pause.
bool was_asked_lately(const Server& server, std::span<const Checker> checkers, nanoseconds now_boot) {
    return std::any_of(checkers.begin(), checkers.end(),
                       [&](const Checker& one) { return now_boot - one.last_boot <= silence_of_all(server); });
}

bool was_ever_checked(const Checks& checks) {
    return checks.counters.redirected + checks.counters.refused != 0;
}

// The app ports of a server and of those that share a backend with it: who balances over them sends its traffic to the
// others while this one is out.
Result<std::set<Port>> traffic_ports(const ServerTable& table, const Server& server) {
    std::set<Port> out{server.app_port};
    if (server.backends.empty()) return out;
    const auto all = table.list();
    if (!all) return tl::unexpected(all.error());
    for (const ServerEntry& other : *all) {
        const auto& theirs = other.server.backends;
        if (std::any_of(theirs.begin(), theirs.end(), [&](const std::string& name) {
                return std::find(server.backends.begin(), server.backends.end(), name) != server.backends.end();
            }))
            out.insert(other.server.app_port);
    }
    return out;
}

Result<PortClients> clients_of(const ServerTable& table, const Server& server) {
    const auto ports = traffic_ports(table, server);
    if (!ports) return tl::unexpected(ports.error());
    return port_clients(*ports);
}

// A status port of a server that nobody checks.
struct Unchecked {
    std::string text;
    nanoseconds rest;  // how long a first check may still come
};

// "nobody has checked webA for 12m (the last was 10.0.0.1); ..."; checkers: of the port that is named.
std::string format_unchecked(const Server& server, const std::string& port, std::span<const Checker> checkers,
                             nanoseconds now_boot, const Context& context) {
    const auto last = std::max_element(checkers.begin(), checkers.end(), [](const Checker& one, const Checker& other) {
        return one.last_boot < other.last_boot;
    });
    std::string out = fmt::format("nobody has checked {}", port);
    if (const auto missing = missing_names(server, checkers); !missing.empty())
        out = fmt::format("{0} {1} not checked {2}, and {1} to confirm", format_checkers(missing, ", "),
                          missing.size() > 1 ? "have" : "has", port);
    else if (last != checkers.end() && is_seldom(*last, server) && last->is_live(now_boot, server.inter))
        out = fmt::format("only {} asks {}, every {} and without sending it traffic", last->from, port,
                          format_elapsed(*last->interval));
    else if (last != checkers.end())
        out += fmt::format(" for {} (the last was {})", format_elapsed(now_boot - last->last_boot), last->from);
    return fmt::format(
        "{}; without a checker nothing tells when it is out of rotation or back: see that HAProxy runs and checks it "
        "({}), or give {}",
        out, context.command("doctor"), context.option("unchecked"));
}

std::optional<Unchecked> find_unchecked_port(const Server& server, const Checks& checks, bool is_backup,
                                             nanoseconds began, const Context& context) {
    std::vector<Checker> checkers;
    std::copy_if(checks.checkers.begin(), checks.checkers.end(), std::back_inserter(checkers),
                 [&](const Checker& one) { return one.is_backup == is_backup; });
    const nanoseconds now = context.now().boot;
    if (has_checker(server, checkers, now)) return std::nullopt;
    const bool was_checked = is_backup ? !checkers.empty() : was_ever_checked(checks);
    if (was_ever_checked(checks) && !accepts(server, kAppAnswersWithin)) return std::nullopt;
    const bool is_quiet = was_checked && !was_asked_lately(server, checkers, now);
    const std::string port = (is_backup ? "the backup status port of " : "") + format_name(server.name);
    return Unchecked{format_unchecked(server, port, checkers, now, context),
                     is_quiet ? nanoseconds(0) : silence_of_all(server) - (now - began)};
}

// The one that is the first to be given up.
Result<std::optional<Unchecked>> find_unchecked(std::span<const std::string> names, State state,
                                                const std::optional<HaproxyView>& haproxy, nanoseconds began,
                                                const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(entries.error());
    std::optional<Unchecked> out;
    for (const ServerEntry& entry : *entries) {
        const Server& server = entry.server;
        if (server.unchecked) continue;
        const auto checks = checks_of(opened->table, entry);
        if (!checks) return tl::unexpected(checks.error());
        for (const bool is_backup : {false, true}) {
            if (is_backup && (state != State::kMaint || !server.backup_status_port)) continue;
            if (haproxy && haproxy->knows(server, is_backup ? *server.backup_status_port : server.status_port))
                continue;
            auto found = find_unchecked_port(server, *checks, is_backup, began, context);
            if (found && (!out || found->rest < out->rest)) out = std::move(found);
        }
    }
    return out;
}

}  // namespace

Result<Checks> checks_of(const ServerTable& table, const ServerEntry& entry) {
    auto checks = table.checks(entry.slot);
    if (!checks) return checks;
    std::optional<PortClients> clients;
    const bool sees_processes = table.pid_namespace() == own_pid_namespace();
    for (Checker& checker : checks->checkers) {
        if (!sees_processes) checker.is_elsewhere = true;
        checker.has_ended = has_ended(checker);
        if (!is_seldom(checker, entry.server)) continue;
        if (!clients) {
            auto found = clients_of(table, entry.server);
            if (!found) return tl::unexpected(std::move(found.error()));
            clients = std::move(*found);
        }
        checker.has_sessions = sends_traffic(checker, *clients);
    }
    return checks;
}

Result<void> require_checkers(std::span<const std::string> names, State state,
                              const std::optional<HaproxyView>& haproxy, const Context& context) {
    const nanoseconds began = context.now().boot;
    for (;;) {
        auto unchecked = find_unchecked(names, state, haproxy, began, context);
        if (!unchecked) return tl::unexpected(std::move(unchecked.error()));
        if (!*unchecked) return {};
        const nanoseconds rest = (*unchecked)->rest;
        if (rest.count() <= 0) return fail(Errc::kUnsafe, std::move((*unchecked)->text));
        context.report_pending("waiting for a first check");
        const bool goes_on = context.pause(std::min(kFirstCheckPause, std::chrono::ceil<milliseconds>(rest)));
        context.report_pending("");
        if (!goes_on) return fail(Errc::kInterrupted, "interrupted: " + (*unchecked)->text);
    }
}

}  // namespace zdr
