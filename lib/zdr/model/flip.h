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

inline constexpr std::size_t kLongestReason = 111;                        // bytes
inline constexpr std::uint64_t kTimeBits = (std::uint64_t{1} << 48) - 1;  // of a time in the kernel's record

struct Flip {
    State state = State::kReady;
    std::optional<std::chrono::nanoseconds> expires_boot;  // CLOCK_BOOTTIME; none: stays until the next flip
    std::chrono::nanoseconds since_boot{0};                // CLOCK_BOOTTIME; 0: never flipped
    std::chrono::nanoseconds since_unix{0};                // CLOCK_REALTIME; 0: never flipped
    std::uint32_t uid = 0;
    std::string by;
    std::string reason;
    std::optional<Holder> holder{};  // the restart that keeps the server in this state
    // The state ends, and the server is ready again, when a socket begins to listen where its instances may.
    bool until_listening = false;
    // Where the app is, which no change of state changes; none: at the app port.
    std::optional<Port> active_port{};

    // The state in force at that CLOCK_BOOTTIME: an expired flip is ready again.
    State effective(std::chrono::nanoseconds now_boot) const;
    // Since when by the clock of the wall as it is now: as it was noted, unless that clock was set since; 0: not known.
    std::chrono::nanoseconds since_wall(std::chrono::nanoseconds now_boot, std::chrono::nanoseconds now_wall) const;
};

// A CLOCK_BOOTTIME as the kernel's record has it: milliseconds, rounded up; 0: none. What is negative is the far
// future, as the kernel reads it.
std::uint64_t record_time(std::optional<std::chrono::nanoseconds> time);

// The server as its app is reached now: with the active port for its app port.
Server at_active_port(Server server, const Flip& flip);

// A flip as of now. Errors of usage: a reason longer than kLongestReason, or that is not UTF-8 without control
// characters.
Result<Flip> make_flip(State state, std::uint32_t uid, std::string by, std::string reason);

}  // namespace zdr
