// How much each server of a running HAProxy has served, by HAProxy's own count.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/haproxy/runtime_socket.h"

namespace zdr {

struct HaproxyCounts {
    std::string backend;
    std::string name;
    std::string status;           // for people: "UP", "DOWN 1/2", "no check"
    std::uint64_t count = 0;      // since HAProxy has started
    bool is_of_requests = false;  // that were answered; else of sessions: a TCP proxy, or HAProxy before 2.0

    bool operator==(const HaproxyCounts&) const = default;
};

// The question about the servers of these backends; all servers where a name is one that HAProxy takes for a number.
std::string haproxy_counts_question(std::span<const std::string> backends);

// The answers to that, one after the other; what HAProxy says of a backend that it does not have is passed over.
// Errors: there is no table at all, one that was cut, and whatever is not of the format.
Result<std::vector<HaproxyCounts>> parse_haproxy_counts(std::string_view answer);

// For any level of the socket. Errors: of question_haproxy() and parse_haproxy_counts(), naming the socket.
Result<std::vector<HaproxyCounts>> ask_haproxy_counts(const HaproxyEndpoint& endpoint,
                                                      std::span<const std::string> backends,
                                                      std::chrono::milliseconds within);

}  // namespace zdr
