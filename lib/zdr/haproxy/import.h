// Servers of zdr from a HAProxy configuration: those that HAProxy checks on a port of their own.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "zdr/haproxy/config_file.h"
#include "zdr/model/server.h"

namespace zdr {

struct ImportedServer {
    Server server;
    std::size_t line;
    std::string host;    // the name that the address stands for; empty: it was an address
    std::string backup;  // the twin that gave the backup status port; empty: none did
    std::size_t backup_line = 0;

    struct Listed {
        std::size_t line;
        std::string name;  // that the server has there
    };
    std::vector<Listed> listed{};  // for each of its backends, the first line
};

struct HaproxyImport {
    std::vector<ImportedServer> servers;  // in the order of their lines; no clash among them
    std::vector<HaproxyRemark> notes;     // what became no server, and why; those of the configuration included
};

// A server that is checked on a port other than its own becomes one: that is its status port. A backup server with the
// same address, port and cookie as one of these (its twin) gives it the backup status port, if it is checked on a third
// port. A server in several backends is one, with all of them, the longest of their times, and as many checks as arrive
// at the port in each interval (at that where more do, if there are two). Another one of the same name gets its
// backend's name in front. A port that carries traffic by this file is nobody's status port.
HaproxyImport import_haproxy(const HaproxyConfig& config, const HaproxyResolver& resolver);

}  // namespace zdr
