#include "zdr/control/haproxy_view.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/text.h"
#include "zdr/control/server_lookup.h"
#include "zdr/model/server.h"
#include "zdr/net/local_addresses.h"

namespace zdr {
namespace {

// One that is about to change its mind agrees with nobody.
bool agrees(const HaproxyServer& theirs, Goal goal, State state) {
    if (is_changing(theirs)) return false;
    if (goal == Goal::kReady) return is_in(theirs);
    return state == State::kMaint ? is_down(theirs) : is_out(theirs);
}

// Whether a process of this host listens there.
bool is_here(const HaproxyEndpoint& endpoint, std::span<const Address> local) {
    if (endpoint.kind != HaproxyEndpoint::Kind::kTcp) return true;
    const auto address = Address::parse(endpoint.name);
    return address && is_local(*address, local);
}

std::string format_server(const HaproxyServer& theirs) {
    return fmt::format("{}/{} {}", printable(theirs.backend), printable(theirs.name),
                       theirs.status.empty() ? "without a status" : printable(theirs.status));
}

// The status ports whose checks the state decides on.
std::vector<Port> ports_of(const Server& server, State state) {
    if (state == State::kDrain) return {server.status_port};
    return status_ports(server);
}

std::string format_unknown(const Server& server) {
    return fmt::format(
        "no HAProxy that was asked has a server that checks port {} of {}, or one of that name; ask the one that has "
        "it, "
        "or none",
        server.status_port.host(), format_name(server.name));
}

}  // namespace

Result<std::vector<HaproxyEndpoint>> haproxy_endpoints(const Context& context, const ServerTable& table) {
    if (!context.haproxy.empty()) return context.haproxy;
    std::vector<HaproxyEndpoint> out;
    for (const std::string& text : table.haproxy_sockets()) {
        auto endpoint = parse_haproxy_endpoint(text);
        if (!endpoint) return fail_with("haproxy", std::move(endpoint));
        out.push_back(std::move(*endpoint));
    }
    return out;
}

Result<std::vector<HaproxyEndpoint>> read_haproxy_endpoints(const Context& context) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    return haproxy_endpoints(context, opened->table);
}

Result<HaproxyView> HaproxyView::ask(const std::vector<HaproxyEndpoint>& endpoints, std::chrono::milliseconds within) {
    HaproxyView out;
    for (const HaproxyEndpoint& endpoint : endpoints) {
        auto servers = ask_haproxy(endpoint, within);
        if (!servers) return tl::unexpected(std::move(servers.error()));
        out.all_.push_back({printable(endpoint.text), std::move(*servers)});
    }
    auto local = local_addresses();
    if (!local) return tl::unexpected(std::move(local.error()));
    out.local_ = std::move(*local);
    return out;
}

Result<std::optional<std::string>> HaproxyView::objection(Goal goal, State state, const Server& server) const {
    std::size_t known = 0;
    for (const One& one : all_)
        for (const Port port : ports_of(server, state))
            for (const HaproxyServer* theirs : find_haproxy_servers(one.servers, server, port, local_)) {
                ++known;
                if (!agrees(*theirs, goal, state))
                    return fmt::format("HAProxy at {} has {}", one.socket, format_server(*theirs));
            }
    if (known != 0) return std::nullopt;
    return fail(Errc::kFailed, format_unknown(server));
}

bool HaproxyView::knows(const Server& server, Port status_port) const {
    return std::any_of(all_.begin(), all_.end(), [&](const One& one) {
        return !find_haproxy_servers(one.servers, server, status_port, local_).empty();
    });
}

std::optional<std::string> HaproxyView::down(const Server& server) const {
    for (const One& one : all_)
        for (const HaproxyServer* theirs : find_haproxy_servers(one.servers, server, server.status_port, local_))
            if (!is_in(*theirs) || is_out(*theirs))
                return fmt::format("HAProxy at {} has {}", one.socket, format_server(*theirs));
    return std::nullopt;
}

std::optional<std::string> HaproxyView::backend_without(std::span<const Server> servers) const {
    for (const One& one : all_) {
        std::set<const HaproxyServer*> leaving;
        for (const Server& server : servers)
            for (const HaproxyServer* theirs : find_haproxy_servers(one.servers, server, server.status_port, local_))
                if (is_in(*theirs) && !is_out(*theirs)) leaving.insert(theirs);
        for (const HaproxyServer* theirs : leaving) {
            const auto serves = [&](const HaproxyServer& other) {
                return other.backend == theirs->backend && is_in(other) && !is_out(other) && !leaving.contains(&other);
            };
            if (std::none_of(one.servers.begin(), one.servers.end(), serves)) return printable(theirs->backend);
        }
    }
    return std::nullopt;
}

Result<LocalHaproxies> LocalHaproxies::ask(const std::vector<HaproxyEndpoint>& endpoints,
                                           std::chrono::milliseconds within) {
    LocalHaproxies out;
    if (endpoints.empty()) return out;
    const auto local = local_addresses();
    if (!local) return tl::unexpected(local.error());
    for (const HaproxyEndpoint& endpoint : endpoints) {
        if (!is_here(endpoint, *local)) continue;
        const auto pid = ask_haproxy_pid(endpoint, within);
        if (!pid) return tl::unexpected(pid.error());
        if (*pid) out.pids_.insert(**pid);
    }
    return out;
}

bool LocalHaproxies::include(const Checker& checker) const {
    return checker.hook == Checker::Hook::kCgroup && pids_.contains(checker.pid);
}

Result<std::optional<HaproxyView>> ask_haproxies_about(std::span<const std::string> names, const Context& context) {
    const auto endpoints = read_haproxy_endpoints(context);
    if (!endpoints) return tl::unexpected(endpoints.error());
    if (endpoints->empty()) return std::nullopt;
    auto view = HaproxyView::ask(*endpoints, kHaproxyAnswers);
    if (!view) return tl::unexpected(std::move(view.error()));
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    const auto entries = find_servers(opened->table, names);
    if (!entries) return tl::unexpected(entries.error());
    for (const ServerEntry& entry : *entries)
        if (!view->knows(entry.server, entry.server.status_port))
            return fail(Errc::kFailed, format_unknown(entry.server));
    return std::move(*view);
}

}  // namespace zdr
