// Whose answer a wait needs: who checks a server, and not everybody who has connected to its status port.
#pragma once

#include <chrono>
#include <cstdint>

#include "zdr/model/checkers.h"
#include "zdr/model/server.h"

namespace zdr {

inline constexpr std::chrono::milliseconds kLateCheck(200);  // that a check may come after its time

enum class Standing {
    kCounts,  // it checks the server: at most three configured intervals lie between its asks, or it sends traffic, too
    kSeldom,  // it asks more seldom and sends no traffic: a probe, or a person
    kSilent,  // it has stopped
    kUnnamed,  // the server's checkers are named, and it is none of them
};

// While it lives, one that the server's settings name is never silent or seldom; one that answers for itself never
// seldom.
Standing standing_of(const Checker& checker, const Server& server, std::chrono::nanoseconds now_boot);

// It was refused so often that it has the server down, and not for ten minutes: however long it pauses, it will ask
// again.
bool has_it_down(const Checker& checker, const Server& server, std::chrono::nanoseconds now_boot);

// It asks more seldom than any configured interval explains, so has_sessions decides.
bool is_seldom(const Checker& checker, const Server& server);

// Whether a name of the server's settings means this checker.
bool matches(const CheckerName& name, const Checker& checker);

}  // namespace zdr
