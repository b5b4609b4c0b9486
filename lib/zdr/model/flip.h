// The last flip of a server: what state it was put in, until when, by whom and why.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "zdr/base/boot_clock.h"
#include "zdr/base/error.h"
#include "zdr/model/process_identity.h"
#include "zdr/model/server.h"

namespace zdr {

inline constexpr std::size_t kLongestReason = 111;  // bytes

struct Flip {
    State state = State::kReady;
    std::optional<std::chrono::nanoseconds> expires_boot;  // CLOCK_BOOTTIME; none: stays until the next flip
    std::chrono::nanoseconds since_boot{0};                // CLOCK_BOOTTIME; 0: never flipped
    std::chrono::nanoseconds since_unix{0};                // CLOCK_REALTIME; 0: never flipped
    std::uint32_t uid = 0;
    std::string by;
    std::string reason;
    std::optional<Holder> holder{};  // the restart that keeps the server in this state

    // The state in force at that CLOCK_BOOTTIME: an expired flip is ready again.
    State effective(std::chrono::nanoseconds now_boot) const;
    // Since when by the clock of the wall as it is now: as it was noted, unless that clock was set since; 0: not known.
    std::chrono::nanoseconds since_wall(std::chrono::nanoseconds now_boot, std::chrono::nanoseconds now_wall) const;
};

// A flip as of now. Errors of usage: a reason longer than kLongestReason, or that is not UTF-8 without control
// characters.
Result<Flip> make_flip(State state, std::uint32_t uid, std::string by, std::string reason);

}  // namespace zdr
