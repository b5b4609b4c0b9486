// The drain port: what answers checks with 404 while a server is drained, so that HAProxy (http-check disable-on-404)
// gives it no new clients after one check, and leaves it those that hold its cookie.
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "zdr/base/error.h"
#include "zdr/control/context.h"
#include "zdr/control/server_lookup.h"
#include "zdr/model/server.h"

namespace zdr {

enum class DrainPort {
    kAnswers,  // 404, which takes the server out softly
    kSilent,   // nothing listens at one of the server's addresses: its status port is refused as without a drain port
};

// Asks the drain port, which the server has, as HAProxy's check asks. Errors: kFailed where it gives another answer
// than 404, or none within that time: HAProxy would do otherwise than zdr could tell.
Result<DrainPort> ask_drain_port(const Server& server, std::chrono::milliseconds within);

// Before these servers are drained: an error where a drain port gives a wrong answer; one that is silent is reported.
// Errors: those of ask_drain_port(), open_table() and find_servers(). Changes nothing.
Result<void> check_drain_ports(std::span<const std::string> names, IfMissing if_missing, const Context& context);

}  // namespace zdr
