// The servers of a HAProxy configuration, and where HAProxy checks them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zdr/haproxy/config_file.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/options.h"
#include "zdr/haproxy/runtime_state.h"

namespace zdr::ctl {

// A server of HAProxy's.
struct CheckedServer {
    HaproxyServer server;
    std::string location;                     // "h.cfg:12", or the socket that HAProxy was asked at
    const HaproxyServerLine* line = nullptr;  // of a file
    HealthCheck asked{};                      // what zdr could ask as HAProxy does; without a uri: nothing
    std::string traffic;                      // what else its check port is for ("h.cfg:7"); empty: nothing
    HaproxySpread spread{};                   // of the times between its checks
    bool stops_at_404 = false;                // a 404 takes it out softly (http-check disable-on-404)
    bool has_own_port = false;                // its checks go to a port that is not that of its traffic
};

// The servers of a file, one for each line. What could not be known goes to not_inspected.
std::vector<CheckedServer> checked_servers(const HaproxyConfig& config, std::string_view file,
                                           const HaproxyResolver& resolver, std::vector<std::string>& not_inspected);

}  // namespace zdr::ctl
