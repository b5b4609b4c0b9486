#include "zdr/control/newcomers.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <set>
#include <string>

#include "zdr/base/boot_clock.h"
#include "zdr/base/process_stat.h"
#include "zdr/base/text_file.h"
#include "zdr/net/socket_owners.h"
#include "zdr_checkers.h"

namespace zdr {
namespace {

using std::chrono::nanoseconds;

// Whether it could check: only connections of this network namespace are redirected. Of whom that may not be seen,
// perhaps.
bool may_be_here(pid_t pid) {
    struct stat own;
    struct stat other;
    if (stat("/proc/self/ns/net", &own) != 0) return true;
    if (stat(fmt::format("/proc/{}/ns/net", pid).c_str(), &other) != 0) return errno != ENOENT;
    return own.st_ino == other.st_ino;
}

// HAProxy spreads its first checks over one interval, once it has read its configuration.
nanoseconds first_check_after(const Server& server) {
    constexpr std::chrono::milliseconds kShortest(2000);
    return std::max<nanoseconds>(kShortest, ZDR_SILENT_INTERVALS * longest_interval(server, false));
}

std::optional<uid_t> owner_of(std::uint32_t pid) {
    struct stat process;
    if (stat(fmt::format("/proc/{}", pid).c_str(), &process) != 0) return std::nullopt;
    return process.st_uid;
}

std::optional<std::uint32_t> parse_pid(std::string_view text) {
    std::uint32_t out = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

}  // namespace

std::optional<nanoseconds> started_boot(std::uint32_t pid) {
    const auto process = read_process_stat(static_cast<pid_t>(pid));
    return process ? std::optional(from_clock_ticks(static_cast<std::int64_t>(process->birth))) : std::nullopt;
}

std::vector<std::uint32_t> parse_replaced(std::string_view arguments) {
    std::vector<std::uint32_t> out;
    bool are_pids = false;
    while (!arguments.empty()) {
        const auto one = arguments.substr(0, arguments.find('\0'));
        arguments.remove_prefix(std::min(one.size() + 1, arguments.size()));
        const auto pid = parse_pid(one);
        if (pid && are_pids)
            out.push_back(*pid);
        else
            are_pids = one == "-sf" || one == "-st";
    }
    return out;
}

std::vector<std::uint32_t> told_to_replace(std::uint32_t pid) {
    const auto arguments = read_text_file(fmt::format("/proc/{}/cmdline", pid));
    if (!arguments) return {};
    auto out = parse_replaced(*arguments);
    if (out.empty()) return out;
    const auto owner = owner_of(pid);
    std::erase_if(out, [&](std::uint32_t former) {
        const auto its_owner = owner_of(former);
        return !owner || (its_owner && its_owner != owner);
    });
    return out;
}

bool is_haproxy(std::string_view name) {
    return name.starts_with("haproxy") || name.starts_with("hapee");
}

std::vector<Checker> find_newcomers(const Server& server, const Checks& checks, nanoseconds now_boot) {
    std::set<std::string> names;
    std::set<std::uint32_t> known;
    for (const Checker& one : checks.checkers) {
        if (one.hook != Checker::Hook::kCgroup || one.pid == 0 || one.is_elsewhere) continue;
        known.insert(one.pid);
        if (one.is_habit() && is_haproxy(one.from)) names.insert(one.from);
    }
    std::vector<Checker> out;
    std::set<pid_t> parents;
    if (names.empty()) return out;
    for (const pid_t pid : running_pids()) {
        const auto number = static_cast<std::uint32_t>(pid);
        auto process = read_process_stat(pid);
        if (!process || !names.contains(process->name)) continue;
        parents.insert(process->parent);
        if (known.contains(number) || !may_be_here(pid)) continue;
        if (now_boot - from_clock_ticks(static_cast<std::int64_t>(process->birth)) > first_check_after(server))
            continue;
        Checker newcomer;
        newcomer.from = std::move(process->name);
        newcomer.pid = number;
        out.push_back(std::move(newcomer));
    }
    // The master of others checks nothing itself.
    std::erase_if(out, [&](const Checker& one) { return parents.contains(static_cast<pid_t>(one.pid)); });
    return out;
}

}  // namespace zdr
