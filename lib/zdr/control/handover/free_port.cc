#include "zdr/control/handover/free_port.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

#include "zdr/control/restart/listeners.h"
#include "zdr/net/connection.h"

namespace zdr {
namespace {

SocketAddress any_address(sa_family_t family, Port port) {
    SocketAddress out;
    if (family == AF_INET) {
        auto& any = reinterpret_cast<sockaddr_in&>(out.storage);
        any.sin_family = family;
        any.sin_port = port.network();
        out.size = sizeof any;
    } else {
        auto& any = reinterpret_cast<sockaddr_in6&>(out.storage);
        any.sin6_family = family;
        any.sin6_port = port.network();
        out.size = sizeof any;
    }
    return out;
}

// Where an app that serves all of the server's addresses binds its sockets.
std::vector<SocketAddress> places_of(const Server& instance) {
    if (instance.addresses.empty())
        return {any_address(AF_INET, instance.app_port), any_address(AF_INET6, instance.app_port)};
    std::vector<SocketAddress> out;
    for (const Address& address : instance.addresses) out.push_back(socket_address(address, instance.app_port));
    return out;
}

bool can_bind_at(const SocketAddress& place, Reuse reuse) {
    const UniqueFd fd(socket(place.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return true;
    const int one = 1;
    if (reuse == Reuse::kYes) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (place.storage.ss_family == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    return bind(fd.get(), reinterpret_cast<const sockaddr*>(&place.storage), place.size) == 0 || errno != EADDRINUSE;
}

// All ports of the range, from the one after the active one on.
std::vector<Port> candidates(const PortRange& range, Port active) {
    std::vector<Port> out;
    for (unsigned port = range.first; port <= range.last; ++port) out.emplace_back(static_cast<std::uint16_t>(port));
    const auto after = std::upper_bound(out.begin(), out.end(), active);
    std::rotate(out.begin(), after == out.end() ? out.begin() : after, out.end());
    return out;
}

bool is_free(const Server& server, Port port, Reuse reuse) {
    Server instance = server;
    instance.app_port = port;
    const auto sockets = listeners(instance);
    return sockets && sockets->empty() && can_bind(instance, reuse);
}

}  // namespace

std::optional<PortClaim> PortClaim::take(Port port) {
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const std::string text = fmt::format("zdr/instance/{}", port.host());
    text.copy(name.sun_path + 1, sizeof name.sun_path - 1);  // after a zero byte: it is no file
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    if (!fd || bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0) return std::nullopt;
    return PortClaim(port, std::move(fd));
}

Result<std::set<Port>> ports_of_others(const ServerTable& table, const std::string& name) {
    const auto all = table.list();
    if (!all) return tl::unexpected(all.error());
    std::set<Port> out;
    for (const ServerEntry& one : *all) {
        if (one.server.name == name) continue;
        const auto flip = table.flip_of(one.slot);
        if (!flip) return tl::unexpected(flip.error());
        out.insert({one.server.app_port, at_active_port(one.server, *flip).app_port});
        if (one.server.drain_port) out.insert(*one.server.drain_port);
        for (const Port port : status_ports(one.server)) out.insert(port);
    }
    return out;
}

bool can_bind(const Server& instance, Reuse reuse) {
    const auto places = places_of(instance);
    return std::all_of(places.begin(), places.end(),
                       [&](const SocketAddress& place) { return can_bind_at(place, reuse); });
}

Result<PortClaim> claim_free_port(const Server& server, Port active, const std::set<Port>& others) {
    // An app that does not set SO_REUSEADDR needs a port on which no connection has ended lately.
    for (const Reuse reuse : {Reuse::kNo, Reuse::kYes})
        for (const Port port : candidates(*server.handover_ports, active)) {
            if (port == active || others.contains(port)) continue;
            auto claim = PortClaim::take(port);
            if (claim && is_free(server, port, reuse)) return std::move(*claim);
        }
    return fail(Errc::kFailed, fmt::format("none of its handover-ports {} is free", to_string(*server.handover_ports)));
}

}  // namespace zdr
