#include "zdr/model/flip.h"

#include <fmt/core.h>

#include <ctime>

#include "zdr/base/text.h"
#include "zdr_decide.h"

namespace zdr {
namespace {

static_assert(kLongestReason == ZDR_REASON_SIZE - 1);

std::chrono::nanoseconds now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds boot_now() {
    return now(CLOCK_BOOTTIME);
}

State Flip::effective(std::chrono::nanoseconds now_boot) const {
    zdr_state record{};
    record.state = static_cast<__u16>(state);
    record.expires_boot_ns = static_cast<__u64>(expires_boot.value_or(std::chrono::nanoseconds(0)).count());
    return static_cast<State>(zdr_effective_state(&record, static_cast<__u64>(now_boot.count())));
}

Result<Flip> make_flip(State state, std::uint32_t uid, std::string by, std::string reason) {
    if (reason.size() > kLongestReason)
        return fail(Errc::kUsage,
                    fmt::format("the reason has {} bytes; at most {} fit", reason.size(), kLongestReason));
    if (!is_plain_text(reason)) return fail(Errc::kUsage, "the reason has control characters or is not UTF-8");
    return Flip{.state = state,
                .expires_boot = std::nullopt,
                .since_boot = boot_now(),
                .since_unix = now(CLOCK_REALTIME),
                .uid = uid,
                .by = std::move(by),
                .reason = std::move(reason)};
}

}  // namespace zdr
