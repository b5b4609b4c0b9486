// What the hooks cost by themselves: the programs that see packets beside an empty one, all of them by the kernel's
// statistics, and a stream that is none of zdr's.
#include "part.h"
#include "program_cost.h"
#include "run_time.h"
#include "throughput.h"

namespace zdr::bench {

Outcome hooks(Effort effort) {
    constexpr const char* kPart = "hooks";
    using std::chrono::milliseconds;
    const auto add = [](std::vector<Record> more, Outcome& to) {
        to.records.insert(to.records.end(), more.begin(), more.end());
    };
    Outcome out;
    add(throughput(kPart, by_effort(effort, 1, 10, 60), milliseconds(by_effort(effort, 300, 40, 40))), out);
    add(run_times(by_effort(effort, 1, 5, 20), milliseconds(by_effort(effort, 5, 50, 50))), out);
    add(program_costs(kPart, by_effort(effort, 2, 20, 60), by_effort(effort, 1000, 100'000, 300'000)), out);
    return out;
}

}  // namespace zdr::bench
