// Who checks a server, as the kernel programs saw it: how often, when last, and what the answer was how many times in
// a row.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace zdr {

struct Counters {
    std::uint64_t redirected = 0;
    std::uint64_t refused = 0;
};

struct Checker {
    enum class Hook { kCgroup, kLookup };

    std::string from;       // the process's name, or the other host's address
    std::uint32_t pid = 0;  // of this host's process; 0: another host, or several processes that asked once each
    Hook hook = Hook::kCgroup;
    bool is_backup = false;                             // it asks the backup status port
    std::chrono::nanoseconds last_boot{0};              // CLOCK_BOOTTIME
    std::optional<std::chrono::milliseconds> interval;  // none: it is not known, or not any more
    std::uint32_t asks = 0;                             // since it was last silent for ten minutes; stops at 65,535
    std::uint32_t refused_streak = 0;                   // in a row of one kind: is_softened; stops at 32,767
    bool is_softened = false;                           // it was the server's drain port that answered each of these
    std::uint32_t redirected_streak = 0;

    // Not of the records, but of who looks for it.
    bool has_sessions = false;  // it also sends the app traffic
    bool is_elsewhere = false;  // its process is in another PID namespace, where nothing can be seen of it
    bool answers = false;       // it is a HAProxy that is asked what it has made of its checks
    bool has_ended = false;     // its process is no more, as that of a HAProxy that was reloaded
    std::optional<std::chrono::nanoseconds> started_boot;  // its process; none: it cannot be seen
    std::vector<std::uint32_t> told_to_replace{};          // processes, as a HAProxy is that a reload starts

    // It has asked often enough to tell how often it asks.
    bool is_habit() const { return asks > 2 && interval; }
    // Whether it still checks: silent for no longer than three intervals, where an interval is what was observed, or
    // that of the configuration when it is longer. Until the third ask it may be no habit, and only the latter counts.
    bool is_live(std::chrono::nanoseconds now_boot, std::chrono::milliseconds configured) const;

    bool operator==(const Checker&) const = default;
};

// What came through the status ports of one server.
struct Checks {
    Counters counters;
    std::vector<Checker> checkers{};  // by port, hook, name and process
    // CLOCK_BOOTTIME at which a checker last found no entry in the records, up to a second later than that; 0: never.
    std::chrono::nanoseconds overflowed_boot{0};
};

}  // namespace zdr
