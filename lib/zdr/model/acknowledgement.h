// When a flip has reached everyone: judged from what the kernel programs saw of the checkers, and from nothing else.
// Pure; the clock and the checkers come from the caller.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "zdr/model/checkers.h"
#include "zdr/model/server.h"

namespace zdr {

enum class Goal {
    // Every checker of the refused ports was refused `fall` times in a row, on each of its streams of checks; in state
    // drain one answer of the server's drain port is enough.
    kDrained,
    kReady,  // every checker was redirected `rise` times in a row, on each
};

// A moment of one server.
struct Snapshot {
    State state = State::kReady;             // in force
    std::chrono::nanoseconds since_boot{0};  // since when anybody could have asked under that state
    Checks checks;
};

// A checker that has not been answered often enough.
struct PendingChecker {
    Checker checker;
    std::uint32_t streak;
    std::uint32_t needed;
};

struct Acknowledgement {
    enum class Verdict {
        kReached,
        kNoCheckers,  // nobody whose answer is needed has asked for long, so nothing tells that it is reached
        kWaiting,
        kOtherState,  // the server is not in a state that could lead to the goal
    };
    Verdict verdict = Verdict::kWaiting;
    std::vector<PendingChecker> missing;
    std::size_t reached = 0;       // checkers that are done
    bool is_soft = false;          // one of them for what the drain port answered
    bool lacks_backup = false;     // none of these asks the backup status port, which is concerned, too
    bool is_overflowed = false;    // there are more than can be told apart
    std::vector<Checker> ignored;  // who asked lately, and is not waited for: by seldom asks or by silence
    // How long until it is worth a look again.
    std::chrono::nanoseconds pause{0};
};

// How long after the last answer that was needed a checker has surely acted on it: half of its interval, at most 200
// ms.
std::chrono::nanoseconds reaction_time(const Checker& checker, const Server& server);

// How long a server is watched before it is said that nobody checks it: three configured intervals, at least 2 s.
std::chrono::nanoseconds silence_of_all(const Server& server);

// All times are of CLOCK_BOOTTIME. Who counts is standing_of()'s; one that was first seen after the flip counts from
// its third ask on. Who asks so seldom that only its traffic would tell a balancer from a probe counts for kReady where
// nobody else does: a server that is out of rotation has no traffic. HAProxy checks a server once for each line that
// lists it (Server::checks), each in its own time: they are done when all together have been answered so often, and the
// slowest has had the time. Of a HAProxy that is asked itself one answer on each is enough. In state drain the backup
// status port is not refused, so nobody who asks it counts. A server whose records had no entry for one more checker
// lately is never kReached.
Acknowledgement judge(Goal goal, const Server& server, const Snapshot& snapshot, std::chrono::nanoseconds now_boot);

}  // namespace zdr
