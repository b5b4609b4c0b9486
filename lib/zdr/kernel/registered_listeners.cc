#include "zdr/kernel/registered_listeners.h"

#include <arpa/inet.h>

#include <algorithm>

#include "zdr/kernel/socket_iterators.h"

namespace zdr {

Result<RegisteredListeners> RegisteredListeners::open(const std::string& pins) {
    auto map = Map::open(pins, kListenersMap, Access::kRead);
    if (!map) return tl::unexpected(std::move(map.error()));
    return RegisteredListeners(std::move(*map));
}

Result<bool> RegisteredListeners::has(const Server& server) const {
    if (server.addresses.empty()) return has_on_any(true, server.app_port);
    for (const Address& address : server.addresses) {
        auto found = has(address.words(), server.app_port);
        if (found && !*found) found = has_on_any(address.is_v4(), server.app_port);
        if (!found || !*found) return found;
    }
    return true;
}

Result<bool> RegisteredListeners::has_on_any(bool v4, Port port) const {
    auto found = has({0, 0, 0, 0}, port);
    if (found && !*found && v4) found = has({0, 0, htonl(0xffff), 0}, port);
    return found;
}

Result<bool> RegisteredListeners::has(const Address::Words& words, Port port) const {
    zdr_listener_key key{};
    std::copy(words.begin(), words.end(), key.address);
    key.port = port.network();
    for (key.index = 0; key.index < ZDR_LISTENER_INDEXES; ++key.index) {
        const auto cookie = map_.find(key);
        if (!cookie) return tl::unexpected(cookie.error());
        if (*cookie) return true;
    }
    return false;
}

bool is_listening(const Server& server, std::span<const ListeningSocket> sockets) {
    const auto port = server.app_port.host();
    const auto begin =
        std::lower_bound(sockets.begin(), sockets.end(), port,
                         [](const ListeningSocket& one, auto wanted) { return one.port.host() < wanted; });
    const auto end = std::upper_bound(begin, sockets.end(), port,
                                      [](auto wanted, const ListeningSocket& one) { return wanted < one.port.host(); });
    if (server.addresses.empty()) return begin != end;
    return std::all_of(server.addresses.begin(), server.addresses.end(), [&](const Address& at) {
        return std::any_of(begin, end, [&](const ListeningSocket& one) { return one.takes(at); });
    });
}

Result<void> register_missing_listeners(const std::string& pins, std::span<const Server* const> servers) {
    const auto registered = RegisteredListeners::open(pins);
    if (!registered) return tl::unexpected(registered.error());
    for (const Server* server : servers) {
        const auto found = registered->has(*server);
        if (!found) return tl::unexpected(found.error());
        if (!*found) return register_listeners(pins);
    }
    return {};
}

}  // namespace zdr
