#include "zdr/kernel/check_records.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <tuple>

#include "zdr/base/text.h"
#include "zdr/net/endpoint.h"

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
    checker.refused_streak = record.refused_streak;
    checker.redirected_streak = record.redirected_streak;
    return checker;
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
    const auto key = [](const Checker& one) { return std::tie(one.is_backup, one.hook, one.from); };
    std::sort(out.checkers.begin(), out.checkers.end(),
              [&](const Checker& a, const Checker& b) { return key(a) < key(b); });
    return out;
}

}  // namespace zdr
