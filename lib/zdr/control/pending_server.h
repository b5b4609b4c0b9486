// A server that is waited for, and what is said of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "zdr/control/server_lookup.h"
#include "zdr/model/acknowledgement.h"
#include "zdr/model/flip.h"
#include "zdr/model/server.h"

namespace zdr {

struct PendingServer {
    std::string name;
    bool is_done = false;
    IfMissing if_missing = IfMissing::kUnknownName;
    Acknowledgement acknowledgement;
    Server server;
    Flip flip;
    bool needs_checker = true;
    bool no_haproxy = true;                    // is asked
    std::string objection;                     // HAProxy's own, or what the app answers
    std::chrono::nanoseconds bad_boot{0};      // the last bad answer of the app; 0: there was none
    std::chrono::nanoseconds settled_boot{0};  // since when only the app's own answers are waited for; 0: not yet
    // Checkers that were seen to send it traffic in this wait, by name and process: once it is out none does.
    std::set<std::pair<std::string, std::uint32_t>> senders{};

    // As far as the checks tell. Where nobody checks, HAProxy's own word is enough, or the user's that none is needed.
    bool is_settled() const;
};

std::string_view to_string(Goal goal);

// "webA is not drained yet: haproxy (process 7) was refused 1 of 3 times"
std::string format_missing(const PendingServer& server, Goal goal, std::chrono::nanoseconds now_boot);

// How much longer it takes if those who are missing go on asking as they did; none: one of them has never asked, or not
// for long, or it is something else that is missing.
std::optional<std::chrono::nanoseconds> expected_rest(const PendingServer& server, std::chrono::nanoseconds now_boot);

// Those that are not done, for the line of a terminal, which may be cut at its end: "webA and 2 more are not drained
// yet, about 4s more: haproxy (process 7) was refused 1 of 3 times". Empty: all are done.
std::string format_all_missing(std::span<const PendingServer> servers, Goal goal, std::chrono::nanoseconds now_boot);

// Whether one who is missing has not asked for long, and may be gone for good.
bool lacks_a_silent_one(const PendingServer& server, std::chrono::nanoseconds now_boot);

// Who asked lately and is not waited for: "curl, which asks every 20s"; empty: nobody.
std::string format_ignored(const PendingServer& server, std::chrono::nanoseconds now_boot);

}  // namespace zdr
