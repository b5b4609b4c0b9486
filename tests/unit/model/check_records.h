// The two records of a server's checks, filled by the very code that runs in the kernel and in the order of
// note_check() in bpf/redirect.bpf.h, which finds them in maps.
#pragma once

#include <optional>

#include "zdr/kernel/check_records.h"
#include "zdr_checkers.h"

namespace zdr {

inline constexpr std::size_t kAllPlaces = std::size_t{ZDR_FEW_CHECKERS} + ZDR_MORE_CHECKERS;

class CheckRecords {
  public:
    void note(const zdr_check& check, __u32 verdict, __u64 now) {
        if (in_few(check, verdict, now, ZDR_OWN_PLACE)) return;
        int noted = more_ ? in_more(check, verdict, now, ZDR_OWN_PLACE) : ZDR_NO_PLACE;
        if (!noted && in_few(check, verdict, now, ZDR_FREE_PLACE)) return;
        if (!noted && has_room_) {
            if (!more_) more_.emplace();
            noted = in_more(check, verdict, now, ZDR_ANY_PLACE);
        }
        if (!noted && in_few(check, verdict, now, ZDR_ANY_PLACE)) return;
        if (noted == ZDR_SENT_AGAIN) return;
        zdr_count_check(&few_, verdict);
        if (!noted) few_.crowded_boot_s = zdr_second_after(now);
    }
    // There is no record of more to be had.
    void fill_the_map() { has_room_ = false; }

    bool has_more() const { return more_.has_value(); }
    const zdr_checks& few() const { return few_; }
    Checks checks() const { return from_records(few_, more_ ? &*more_ : nullptr); }

  private:
    int in_few(const zdr_check& check, __u32 verdict, __u64 now, __u64 bar) {
        const int noted = zdr_note_in(few_.checkers, ZDR_FEW_CHECKERS, &check, verdict, now, bar);
        if (noted == ZDR_NOTED) zdr_count_check(&few_, verdict);
        return noted;
    }
    int in_more(const zdr_check& check, __u32 verdict, __u64 now, __u64 bar) {
        return zdr_note_in(more_->checkers, ZDR_MORE_CHECKERS, &check, verdict, now, bar);
    }

    zdr_checks few_{};
    std::optional<zdr_more_checks> more_;
    bool has_room_ = true;
};

}  // namespace zdr
