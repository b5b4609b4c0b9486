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
    if (record.hook == ZDR_HOOK_TC) {
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
    checker.hook = record.hook == ZDR_HOOK_TC ? Checker::Hook::kTc : Checker::Hook::kCgroup;
    checker.is_backup = record.role == ZDR_BACKUP_STATUS_PORT;
    checker.last_boot = std::chrono::nanoseconds(record.last_boot_ns);
    if (record.interval_ms != 0) checker.interval = std::chrono::milliseconds(record.interval_ms);
    checker.asks = record.asks;
    checker.refused_streak = record.refused_streak;
    checker.redirected_streak = record.redirected_streak;
    return checker;
}

}  // namespace

bool is_full(const zdr_checks& few) {
    return std::all_of(std::begin(few.checkers), std::end(few.checkers),
                       [](const zdr_checker& one) { return one.asks != 0; });
}

Checks from_records(const zdr_checks& few, const zdr_more_checks* more) {
    Checks checks;
    checks.counters = {.redirected = few.redirected, .refused = few.refused};
    checks.crowded_boot = std::chrono::seconds(few.crowded_boot_s);
    const auto add = [&](const auto& places) {
        for (const zdr_checker& one : places)
            if (one.asks != 0) checks.checkers.push_back(from_record(one));
    };
    add(few.checkers);
    if (more != nullptr) add(more->checkers);
    const auto key = [](const Checker& one) { return std::tie(one.is_backup, one.hook, one.from); };
    std::sort(checks.checkers.begin(), checks.checkers.end(),
              [&](const Checker& a, const Checker& b) { return key(a) < key(b); });
    return checks;
}

}  // namespace zdr
