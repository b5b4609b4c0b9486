#include "zdr/model/checkers.h"

#include <algorithm>

#include "zdr_checkers.h"

namespace zdr {

bool Checker::is_live(std::chrono::nanoseconds now_boot, std::chrono::milliseconds configured) const {
    const auto between = is_habit() ? std::max(*interval, configured) : configured;
    return now_boot - last_boot <= ZDR_SILENT_INTERVALS * between;
}

}  // namespace zdr
