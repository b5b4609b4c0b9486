// HAProxy's runtime socket ("stats socket" in its configuration): one question, its whole answer, and never later than
// asked for, whoever listens there.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "zdr/base/error.h"
#include "zdr/net/endpoint.h"

namespace zdr {

struct HaproxyEndpoint {
    enum class Kind { kUnix, kAbstract, kTcp };

    Kind kind = Kind::kUnix;
    std::string name;          // a path, a name in the abstract name space, or a host
    std::optional<Port> port;  // of a host
    std::string text;          // as it was written, for messages
};

// "/run/haproxy/admin.sock" (whatever has a '/'), "unix@PATH", "abns@NAME", "10.0.0.9:9999", "[2001:db8::9]:9999" or
// "lb.example.org:9999". Usage errors show the text.
Result<HaproxyEndpoint> parse_haproxy_endpoint(std::string_view text);

// Longer answers are an error: about twice what 65,536 servers need.
inline constexpr std::size_t kLargestHaproxyAnswer = std::size_t{64} << 20;

// Sends one line and returns what comes back until HAProxy ends the connection, as it does after each line. All of it
// (looking up the host's name, connecting, sending, reading) takes at most that time. Errors: those of the calls; that
// the time is over; that the answer is larger than kLargestHaproxyAnswer. They do not name the socket.
Result<std::string> question_haproxy(const HaproxyEndpoint& endpoint, std::string_view line,
                                     std::chrono::milliseconds within);

}  // namespace zdr
