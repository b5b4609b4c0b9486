#include "zdr/control/restart/listeners.h"

#include <algorithm>

#include "zdr/net/listening_sockets.h"

namespace zdr {
namespace {

// Whether a listener takes what comes to the server's app port.
bool serves(const ListeningSocket& socket, const Server& server) {
    if (socket.port != server.app_port) return false;
    return server.addresses.empty() || std::any_of(server.addresses.begin(), server.addresses.end(),
                                                   [&](const Address& address) { return socket.takes(address); });
}

}  // namespace

Result<std::set<std::uint64_t>> listeners(const Server& server) {
    const auto sockets = listening_sockets();
    if (!sockets) return tl::unexpected(sockets.error());
    std::set<std::uint64_t> out;
    for (const ListeningSocket& socket : *sockets)
        if (serves(socket, server)) out.insert(socket.cookie);
    return out;
}

}  // namespace zdr
