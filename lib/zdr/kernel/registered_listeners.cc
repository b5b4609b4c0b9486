#include "zdr/kernel/registered_listeners.h"

#include <arpa/inet.h>

#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "zdr/kernel/socket_iterators.h"
#include "zdr/net/local_addresses.h"
#include "zdr/net/socket_owners.h"

namespace zdr {

Result<RegisteredListeners> RegisteredListeners::open(const std::string& pins) {
    auto map = Map::open(pins, kListenersMap, Access::kRead);
    if (!map) return tl::unexpected(std::move(map.error()));
    return RegisteredListeners(pins, std::move(*map));
}

Result<bool> RegisteredListeners::has(const Server& server) const {
    if (server.addresses.empty()) return has(AppPlace{std::nullopt, server.app_port});
    for (const Address& address : server.addresses) {
        auto found = has(AppPlace{address, server.app_port});
        if (!found || !*found) return found;
    }
    return true;
}

Result<bool> RegisteredListeners::has(const AppPlace& place) const {
    std::vector<zdr_listener_key> places;
    const auto add = [&](const Address::Words& words) {
        places.emplace_back().port = place.port.network();
        std::copy(words.begin(), words.end(), places.back().address);
    };
    if (place.address) add(place.address->words());
    if (!place.address || place.address->is_v4()) add({0, 0, htonl(0xffff), 0});
    add({0, 0, 0, 0});
    auto usual = has(places, 0, ZDR_USUAL_LISTENERS);
    if (!usual || *usual) return usual;
    const auto activity = read_activity(pins_);
    if (!activity) return tl::unexpected(activity.error());
    return activity->is_crowded != 0 ? has(places, ZDR_USUAL_LISTENERS, ZDR_LISTENER_INDEXES) : false;
}

Result<bool> RegisteredListeners::has(std::span<const zdr_listener_key> places, unsigned first, unsigned last) const {
    // The first to listen has the first index, so that is looked at everywhere before the next.
    for (unsigned index = first; index < last; ++index)
        for (zdr_listener_key key : places) {
            key.index = static_cast<__u16>(index);
            const auto cookie = map_.find(key);
            if (!cookie) return tl::unexpected(cookie.error());
            if (*cookie) return true;
        }
    return false;
}

namespace {

// Those of a port, of sockets that are sorted by it.
std::span<const ListeningSocket> on_port(std::span<const ListeningSocket> sockets, Port port) {
    const auto begin =
        std::lower_bound(sockets.begin(), sockets.end(), port.host(),
                         [](const ListeningSocket& one, auto wanted) { return one.port.host() < wanted; });
    const auto end = std::upper_bound(begin, sockets.end(), port.host(),
                                      [](auto wanted, const ListeningSocket& one) { return wanted < one.port.host(); });
    return {begin, end};
}

// Whether the server had these places before, too.
bool has_same_places(const Server& before, const Server& after) {
    return before.addresses == after.addresses && status_ports(before) == status_ports(after);
}

Result<void> check_status_port(const Server& server, Port port, std::span<const ListeningSocket> sockets,
                               std::span<const Address> local) {
    for (const ListeningSocket& one : on_port(sockets, port)) {
        const bool is_there = server.addresses.empty() ||
                              std::any_of(server.addresses.begin(), server.addresses.end(),
                                          [&](const Address& at) { return is_local(at, local) && one.takes(at); });
        if (!is_there) continue;
        std::string who;
        for (const RunningProcess& owner : SocketOwners().of(one))
            who += fmt::format("{}{} (process {})", who.empty() ? "" : ", ", owner.name, owner.pid);
        return fail(
            Errc::kUnsafe,
            fmt::format("{} listens on port {}, the status port of {}, and would never be asked again; if HAProxy's "
                        "checks are to ask the app on port {} instead, set replace-listener = yes",
                        who.empty() ? "some process" : who, port.host(), format_name(server.name),
                        server.app_port.host()));
    }
    return {};
}

}  // namespace

bool is_listening(const Server& server, std::span<const ListeningSocket> sockets) {
    const auto there = on_port(sockets, server.app_port);
    if (server.addresses.empty()) return !there.empty();
    return std::all_of(server.addresses.begin(), server.addresses.end(), [&](const Address& at) {
        return std::any_of(there.begin(), there.end(), [&](const ListeningSocket& one) { return one.takes(at); });
    });
}

Result<void> check_status_ports(std::span<const Server> servers, std::span<const ServerEntry> before,
                                std::span<const ListeningSocket> sockets, std::span<const Address> local) {
    for (const Server& server : servers) {
        if (server.replace_listener) continue;
        const auto old =
            std::lower_bound(before.begin(), before.end(), server.name,
                             [](const ServerEntry& one, const std::string& name) { return one.server.name < name; });
        if (old != before.end() && old->server.name == server.name && has_same_places(old->server, server)) continue;
        for (const Port port : status_ports(server))
            if (auto checked = check_status_port(server, port, sockets, local); !checked) return checked;
    }
    return {};
}

Result<void> register_missing_listeners(const std::string& pins, std::span<const Server> servers) {
    const auto registered = RegisteredListeners::open(pins);
    if (!registered) return tl::unexpected(registered.error());
    for (const Server& server : servers) {
        const auto found = registered->has(server);
        if (!found) return tl::unexpected(found.error());
        if (!*found) return register_listeners(pins);
    }
    return {};
}

}  // namespace zdr
