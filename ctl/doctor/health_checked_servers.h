// The servers of a HAProxy configuration, and where HAProxy checks them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "zdr/haproxy/config_file.h"
#include "zdr/haproxy/import.h"
#include "zdr/haproxy/runtime_state.h"

namespace zdr::ctl {

// A server of HAProxy's.
struct CheckedServer {
    HaproxyServer server;
    std::string location;                     // "h.cfg:12", or the socket that HAProxy was asked at
    const HaproxyServerLine* line = nullptr;  // of a file
};

// The servers of a file, one for each port that HAProxy checks. What could not be known goes to unseen.
std::vector<CheckedServer> checked_servers(const HaproxyConfig& config, std::string_view file,
                                           const HaproxyResolver& resolver, std::vector<std::string>& not_inspected);

}  // namespace zdr::ctl
