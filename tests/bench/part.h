// The parts of the benchmark. Each measures zdr beside its peers in a world of its own, and throws where it cannot.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "record.h"

namespace zdr::bench {

enum class Effort { kSmoke, kQuick, kFull };  // smoke: for a moment, to see that it works; its figures mean nothing

template <class Value>
Value by_effort(Effort effort, Value smoke, Value quick, Value full) {
    return effort == Effort::kSmoke ? smoke : effort == Effort::kQuick ? quick : full;
}

struct Outcome {
    std::vector<Record> records;
    nlohmann::json series = nlohmann::json::object();  // what pictures show beside the records, by name
};

// One flip as a whole process, beside other entries. builds: directories of other builds of zdr, whose zdrctl takes its
// turn too.
Outcome flip_process(Effort effort, const std::vector<std::string>& builds);
Outcome flip_in_process(Effort effort);  // one flip by the library
Outcome load_servers(Effort effort);     // 10,000 servers at once
// TCP connects to ordinary and redirected ports. builds: as above.
Outcome connects(Effort effort, const std::vector<std::string>& builds);
Outcome hooks(Effort effort);       // what the hooks cost by themselves, and an unrelated stream
Outcome memory(Effort effort);      // of the kernel for each server, and of zdrctl
Outcome until_down(Effort effort);  // from the flip until HAProxy marks the server down

}  // namespace zdr::bench
