// What was seen while servers were restarted, for the picture of it: who served how much, by HAProxy's own count, and
// what zdr did when. Times are counted from the beginning.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zdr/control/restart/restart_event.h"
#include "zdr/model/server.h"

namespace zdr::ctl {

struct CountPoint {
    std::chrono::milliseconds at;
    std::uint64_t total;  // served since the first point, whether or not HAProxy was started anew meanwhile
    bool follows;         // nothing is unknown between the point before and this one
};

// HAProxy said the same from the first to the last of these times.
struct StatusSpan {
    std::chrono::milliseconds begin;
    std::chrono::milliseconds end;
    std::string status;
    bool follows;  // the span before ends where this one begins
};

// A server of a HAProxy's backend, or those together that have no place of their own.
struct PlottedLine {
    std::string name;       // "srvs/webA"
    std::string haproxy{};  // its socket; empty: there is one HAProxy
    std::size_t app = 0;    // lines of one app are twins: a server and its backup
    bool is_backup = false;
    bool is_rest = false;  // several servers: they have no status
    bool is_of_requests = true;
    std::vector<CountPoint> counts{};
    std::vector<StatusSpan> statuses{};
};

struct PlottedEvent {
    std::chrono::milliseconds at;
    RestartEvent event;
};

// A server that is restarted, and its state when it began.
struct PlottedServer {
    std::string name;
    State state = State::kReady;
};

struct Recording {
    std::vector<PlottedServer> servers;
    std::vector<PlottedLine> lines;  // by HAProxy; of each, those of the servers that are restarted first
    std::vector<PlottedEvent> events;
    std::chrono::milliseconds end{0};
    std::string error;  // what stopped the restart; empty: nothing did
};

}  // namespace zdr::ctl
