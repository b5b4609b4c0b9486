#include "zdr/kernel/check_records.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "zdr/base/text.h"
#include "zdr/net/endpoint.h"
#include "zdr_checkers.h"

namespace zdr {
namespace {

// A process chooses its own name.
std::string name_of(const zdr_checker& record) {
    if (record.hook == ZDR_HOOK_LOOKUP) {
        Address::Words words;
        std::memcpy(words.data(), record.from, sizeof record.from);
        return Address(words).to_string();
    }
    char name[sizeof record.from];
    std::memcpy(name, record.from, sizeof name);
    return printable({name, strnlen(name, sizeof name)});
}

Checker from_record(const zdr_checker& record) {
    Checker checker;
    checker.from = name_of(record);
    checker.hook = record.hook == ZDR_HOOK_LOOKUP ? Checker::Hook::kLookup : Checker::Hook::kCgroup;
    checker.is_backup = record.role == ZDR_BACKUP_STATUS_PORT;
    checker.last_boot = std::chrono::nanoseconds(record.last_boot_ns);
    if (record.interval_ms != 0) checker.interval = std::chrono::milliseconds(record.interval_ms);
    checker.asks = record.asks;
    checker.refused_streak = record.refused_streak & ZDR_LONGEST_STREAK;
    checker.is_softened = checker.refused_streak != 0 && (record.refused_streak & ZDR_SOFTENED) != 0;
    checker.redirected_streak = record.redirected_streak;
    if (record.hook == ZDR_HOOK_CGROUP) {
        checker.pid = record.port_or_pid & ~ZDR_PID_ELSEWHERE;
        checker.is_elsewhere = (record.port_or_pid & ZDR_PID_ELSEWHERE) != 0;
    }
    return checker;
}

auto key_of(const Checker& one) {
    return std::tie(one.is_backup, one.hook, one.from);
}

bool asked_once(const Checker& one) {
    return one.hook == Checker::Hook::kCgroup && one.asks == 1;
}

// Of processes that asked once each, in the order of their asks: one checker, whose asks are theirs.
Checker merge(std::span<const Checker> processes) {
    Checker out = processes.back();
    if (processes.size() == 1) return out;
    const auto passed = out.last_boot - processes.front().last_boot;
    out.pid = 0;
    out.asks = static_cast<std::uint32_t>(processes.size());
    out.interval =
        std::max(std::chrono::milliseconds(1), std::chrono::duration_cast<std::chrono::milliseconds>(passed) /
                                                   static_cast<int>(processes.size() - 1));
    out.refused_streak = out.redirected_streak = 0;
    for (const Checker& one : processes) {
        if (one.refused_streak == 0 || one.is_softened != out.is_softened) out.refused_streak = 0;
        if (one.refused_streak != 0) ++out.refused_streak;
        out.is_softened = one.is_softened;
        out.redirected_streak = one.redirected_streak == 0 ? 0 : out.redirected_streak + 1;
    }
    return out;
}

// What a script starts anew for each check is one checker, not as many as there were processes.
std::vector<Checker> merge_single_asks(std::vector<Checker> checkers) {
    const auto order = [](const Checker& one) {
        return std::tuple(key_of(one), !asked_once(one), asked_once(one) ? one.last_boot.count() : 0, one.pid);
    };
    std::sort(checkers.begin(), checkers.end(),
              [&](const Checker& a, const Checker& b) { return order(a) < order(b); });
    std::vector<Checker> out;
    for (auto first = checkers.begin(); first != checkers.end();) {
        const auto is_other = [&](const Checker& one) { return key_of(one) != key_of(*first) || !asked_once(one); };
        const auto last = asked_once(*first) ? std::find_if(first, checkers.end(), is_other) : first + 1;
        out.push_back(merge({first, last}));
        first = last;
    }
    return out;
}

}  // namespace

bool is_full(const zdr_checks& checks) {
    return std::all_of(std::begin(checks.checkers), std::end(checks.checkers),
                       [](const zdr_checker& one) { return one.asks != 0; });
}

Checks from_records(const zdr_checks& checks, const zdr_overflow_checks* overflow) {
    Checks out;
    out.counters = {.redirected = checks.redirected, .refused = checks.refused};
    out.overflowed_boot = std::chrono::seconds(checks.overflowed_boot_s);
    const auto add = [&](const auto& entries) {
        for (const zdr_checker& one : entries)
            if (one.asks != 0) out.checkers.push_back(from_record(one));
    };
    add(checks.checkers);
    if (overflow != nullptr) add(overflow->checkers);
    out.checkers = merge_single_asks(std::move(out.checkers));
    return out;
}

}  // namespace zdr
