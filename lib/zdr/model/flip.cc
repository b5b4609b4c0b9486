#include "zdr/model/flip.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/text.h"
#include "zdr_decide.h"

namespace zdr {
namespace {

static_assert(kLongestReason == ZDR_REASON_SIZE - 1);

std::chrono::nanoseconds wall_now() {
    return std::chrono::system_clock::now().time_since_epoch();
}

}  // namespace

std::chrono::nanoseconds Flip::since_wall(std::chrono::nanoseconds now_boot, std::chrono::nanoseconds now_wall) const {
    constexpr std::chrono::seconds kDrift(5);  // a clock that is only steered; what was noted is the same each time
    constexpr std::chrono::hours kFar(24 * 365 * 100);  // whoever writes records may write any number
    if (since_unix.count() <= 0) return {};
    if (since_unix > kFar || since_boot > kFar || since_boot < -kFar) return since_unix;
    const auto passed = now_wall - (now_boot - since_boot);
    return std::chrono::abs(passed - since_unix) <= kDrift ? since_unix : passed;
}

std::uint64_t record_time(std::optional<std::chrono::nanoseconds> time) {
    if (!time || time->count() == 0) return 0;
    if (time->count() < 0) return kTimeBits;
    return std::min(static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(*time).count()), kTimeBits);
}

State Flip::effective(std::chrono::nanoseconds now_boot) const {
    zdr_state record{};
    record.state = static_cast<__u8>(state);
    record.expires_boot_ms = record_time(expires_boot) & kTimeBits;
    return static_cast<State>(zdr_effective_state(&record, static_cast<__u64>(now_boot.count())));
}

Server at_active_port(Server server, const Flip& flip) {
    if (flip.active_port && may_be_active(server, *flip.active_port)) server.app_port = *flip.active_port;
    return server;
}

Result<Flip> make_flip(State state, std::uint32_t uid, std::string by, std::string reason) {
    if (reason.size() > kLongestReason)
        return fail(Errc::kUsage,
                    fmt::format("the reason has {} bytes; at most {} fit", reason.size(), kLongestReason));
    if (!is_plain_text(reason)) return fail(Errc::kUsage, "the reason has control characters or is not UTF-8");
    return Flip{.state = state,
                .expires_boot = std::nullopt,
                .since_boot = boot_now(),
                .since_unix = wall_now(),
                .uid = uid,
                .by = std::move(by),
                .reason = std::move(reason)};
}

}  // namespace zdr
