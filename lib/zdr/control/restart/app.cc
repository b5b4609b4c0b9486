#include "zdr/control/restart/app.h"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "zdr/base/unique_fd.h"
#include "zdr/control/restart/listeners.h"
#include "zdr/net/connection.h"

namespace zdr {
namespace {

constexpr std::chrono::milliseconds kQueueLook(5);  // between two looks at the queues

// A connection to each of the addresses; none where one of them takes none.
std::vector<UniqueFd> connect_all(const Server& server, const Deadline& deadline) {
    std::vector<UniqueFd> out;
    const auto at = [&](const Address& address) {
        auto connection = connect_to(socket_address(address, server.app_port), deadline);
        if (connection) out.push_back(std::move(*connection));
        return connection.has_value();
    };
    const auto& addresses = server.addresses;
    const bool is_whole = addresses.empty() ? at(*Address::parse("127.0.0.1")) || at(*Address::parse("::1"))
                                            : std::all_of(addresses.begin(), addresses.end(), at);
    if (!is_whole) out.clear();
    return out;
}

// Then a connection of this host may not get there though one from elsewhere does: what cannot be known counts as good.
bool is_published_by_nat_alone(const Server& server) {
    if (server.published != Published::kYes) return false;
    const auto sockets = listeners(server);
    return sockets && sockets->empty();
}

}  // namespace

bool connects(const Server& server, std::chrono::milliseconds within) {
    return !connect_all(server, Deadline(within)).empty() || is_published_by_nat_alone(server);
}

bool is_gone(const Server& server, std::chrono::milliseconds within) {
    if (connects(server, within)) return false;
    const auto sockets = listeners(server);
    return !sockets || sockets->empty();
}

bool accepts(const Server& server, std::chrono::milliseconds within) {
    const Deadline deadline(within);
    const auto connections = connect_all(server, deadline);
    if (connections.empty()) return is_published_by_nat_alone(server);
    for (;;) {
        const auto sockets = listeners(server);
        if (!sockets) return true;  // nothing to judge by
        if (std::all_of(sockets->begin(), sockets->end(), [](const ListeningSocket& one) { return one.queued == 0; }))
            return connects(server, deadline.left());  // it did not end meanwhile, which empties the queue, too
        if (deadline.left() == std::chrono::milliseconds(0)) return false;
        std::this_thread::sleep_for(kQueueLook);
    }
}

}  // namespace zdr
