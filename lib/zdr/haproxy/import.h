// Servers of zdr from a HAProxy configuration: those that HAProxy checks on a port of their own.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "zdr/base/error.h"
#include "zdr/haproxy/config_file.h"
#include "zdr/model/server.h"
#include "zdr/net/endpoint.h"

namespace zdr {

// The address that HAProxy would take for a host's name. It is asked for each server line, so it keeps what it found.
using HaproxyResolver = std::function<Result<Address>(const std::string& host)>;

struct ImportedServer {
    Server server;
    std::size_t line;
    std::string host;    // the name that the address stands for; empty: it was an address
    std::string backup;  // the twin that gave the backup status port; empty: none did
    std::size_t backup_line = 0;
};

struct HaproxyImport {
    std::vector<ImportedServer> servers;  // in the order of their lines; no clash among them
    std::vector<HaproxyRemark> notes;     // what became no server, and why; those of the configuration included
};

// A server that is checked on a port other than its own becomes one: that is its status port. A backup server with the
// same address, port and cookie as one of these (its twin) gives it the backup status port, if it is checked on a third
// port. A server in several backends is one, under the first backend; another one of the same name gets its backend's
// name in front.
HaproxyImport import_haproxy(const HaproxyConfig& config, const HaproxyResolver& resolver);

}  // namespace zdr
