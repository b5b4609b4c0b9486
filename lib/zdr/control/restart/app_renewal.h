// Whether it is the new app that has the port: judged from who was behind it before the command and who is now.
#pragma once

#include <cstdint>
#include <vector>

#include "zdr/control/restart/app_processes.h"

namespace zdr {

// What the command keeps, as its user says.
struct Kept {
    bool listener = false;
    bool process = false;  // implies that it keeps the listener
};

struct Renewal {
    enum class Verdict {
        kRenewed,
        kNothingListens,
        kOldSocket,   // only such as listened before
        kNothingNew,  // no process behind the port has started since
        kOldListens,  // the new ones are there, and the old ones still answer
        kOldLingers,  // ... they take no new connections, but have not ended
        kHidden,      // who has the port cannot be seen, though it could be before
    };
    Verdict verdict;
    std::vector<ProcessStat> old;  // who that is
};

// began: when the command began, as clock_ticks() has it. A process is new if it has started since, or is another
// program since. One that the new ones come from (a master) may stay. Where nobody could be seen before, the sockets
// alone tell; where nothing listened, whatever listens is new (a port that is published from a container never does).
Renewal judge_renewal(const AppSnapshot& before, const AppSnapshot& now, Kept kept, std::uint64_t began);

}  // namespace zdr
