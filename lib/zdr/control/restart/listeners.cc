#include "zdr/control/restart/listeners.h"

#include <algorithm>

namespace zdr {
namespace {

// Whether a listener takes what comes to the server's app port.
bool serves(const ListeningSocket& socket, const Server& server) {
    if (socket.port != server.app_port) return false;
    return server.addresses.empty() || std::any_of(server.addresses.begin(), server.addresses.end(),
                                                   [&](const Address& address) { return socket.takes(address); });
}

}  // namespace

Result<std::vector<ListeningSocket>> listeners(const Server& server) {
    auto sockets = listening_sockets();
    if (!sockets) return sockets;
    std::erase_if(*sockets, [&](const ListeningSocket& one) { return !serves(one, server); });
    return sockets;
}

}  // namespace zdr
