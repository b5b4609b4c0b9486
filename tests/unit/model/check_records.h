// The two records of a server's checks, filled by the very code that runs in the kernel and in the order of
// note_check() in bpf/redirect.bpf.h, which finds them in maps.
#pragma once

#include <optional>

#include "zdr/kernel/check_records.h"
#include "zdr_checkers.h"

namespace zdr {

inline constexpr std::size_t kAllEntries = std::size_t{ZDR_CHECKERS} + ZDR_OVERFLOW_CHECKERS;

class CheckRecords {
  public:
    void note(const zdr_check& check, __u32 verdict, __u64 now) {
        if (in_checks(check, verdict, now, ZDR_COST_OWN)) return;
        int noted = overflow_ ? in_overflow(check, verdict, now, ZDR_COST_OWN) : ZDR_NO_ENTRY;
        if (!noted && in_checks(check, verdict, now, ZDR_COST_FREE)) return;
        if (!noted && has_room_) {
            if (!overflow_) overflow_.emplace();
            noted = in_overflow(check, verdict, now, ZDR_COST_ANY);
        }
        if (!noted && in_checks(check, verdict, now, ZDR_COST_ANY)) return;
        if (noted == ZDR_SENT_AGAIN) return;
        zdr_count_check(&checks_, verdict);
        if (!noted) checks_.overflowed_boot_s = zdr_second_after(now);
    }
    // No record of overflow can be created any more.
    void fill_the_map() { has_room_ = false; }

    bool has_overflow() const { return overflow_.has_value(); }
    const zdr_checks& first() const { return checks_; }
    Checks checks() const { return from_records(checks_, overflow_ ? &*overflow_ : nullptr); }

  private:
    int in_checks(const zdr_check& check, __u32 verdict, __u64 now, __u64 max_cost) {
        const int noted = zdr_note_in(checks_.checkers, ZDR_CHECKERS, &check, verdict, now, max_cost);
        if (noted == ZDR_NOTED) zdr_count_check(&checks_, verdict);
        return noted;
    }
    int in_overflow(const zdr_check& check, __u32 verdict, __u64 now, __u64 max_cost) {
        return zdr_note_in(overflow_->checkers, ZDR_OVERFLOW_CHECKERS, &check, verdict, now, max_cost);
    }

    zdr_checks checks_{};
    std::optional<zdr_overflow_checks> overflow_;
    bool has_room_ = true;
};

}  // namespace zdr
