#include "ctl/doctor/host_survey.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "ctl/status/read_status.h"
#include "zdr/base/duration.h"
#include "zdr/control/checks_of.h"
#include "zdr/control/haproxy_view.h"
#include "zdr/control/restart/app.h"
#include "zdr/haproxy/runtime.h"
#include "zdr/kernel/hook_pins.h"
#include "zdr/kernel/socket_iterators.h"
#include "zdr/net/ephemeral_ports.h"
#include "zdr/net/interfaces.h"
#include "zdr/net/local_addresses.h"
#include "zdr/net/network_namespace.h"
#include "zdr/net/socket_owners.h"
#include "zdr_checkers.h"

namespace zdr::ctl {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kLongestWatch(15'000);
constexpr milliseconds kPause(200);
constexpr milliseconds kConnectPatience(500);

// Whether some status port was never asked.
bool is_unasked(const ServerStatus& status) {
    const auto& checkers = status.checks.checkers;
    const auto asks = [&](bool is_backup) {
        return std::any_of(checkers.begin(), checkers.end(),
                           [&](const Checker& one) { return one.is_backup == is_backup; });
    };
    return !asks(false) || (status.server.backup_status_port && !asks(true));
}

// How long it takes until a port that is checked has been; none: all have been.
std::optional<milliseconds> patience(const Status& status) {
    std::optional<milliseconds> out;
    for (const ServerStatus& one : status.servers)
        if (is_unasked(one)) out = std::max(out.value_or(milliseconds(0)), ZDR_SILENT_INTERVALS * one.server.inter);
    return out;
}

Result<void> read_again(const Context& context, Status& status) {
    const auto opened = open_table(context, Access::kRead);
    if (!opened) return tl::unexpected(opened.error());
    for (ServerStatus& one : status.servers) {
        const auto entry = opened->table.find(one.server.name);
        if (!entry) return tl::unexpected(entry.error());
        if (!*entry) continue;
        auto checks = checks_of(opened->table, **entry);
        if (!checks) return tl::unexpected(checks.error());
        one.checks = std::move(*checks);
    }
    return {};
}

Result<void> watch_checks(const Context& context, Host& host, std::vector<std::string>& not_inspected) {
    const auto needed = patience(host.status);
    if (!needed) return {};
    context.report(fmt::format("waiting {} at most for a first check of ports that none was seen of",
                               format_elapsed(std::min(*needed, kLongestWatch))));
    Context quiet = context;
    quiet.report_detail = [](std::string_view) {};
    const nanoseconds begin = host.now.boot;
    for (auto left = patience(host.status); left && host.watched_for <= std::min(*left, kLongestWatch);
         left = patience(host.status)) {
        if (!context.pause(kPause)) break;
        if (auto read = read_again(quiet, host.status); !read) return read;
        host.now = context.now();
        host.watched_for = host.now.boot - begin;
    }
    std::size_t undecided = 0;
    for (const ServerStatus& one : host.status.servers)
        if (is_unasked(one) && host.watched_for <= ZDR_SILENT_INTERVALS * one.server.inter) ++undecided;
    if (undecided != 0)
        not_inspected.push_back(
            fmt::format("whether anybody checks {} of the servers: no check was seen yet, and three "
                        "intervals take longer",
                        undecided));
    return {};
}

void look_at_way_in(Host& host) {
    host.has_foreign_lookup = count_lookups() > 1;
    const auto interfaces = find_interfaces({"auto"});
    if (!interfaces) return;
    for (const Interface& one : *interfaces) {
        const auto is_here = [&](const HookStatus& hook) { return hook.hook == "tc" && hook.at == one.name; };
        if (std::none_of(host.status.hooks.begin(), host.status.hooks.end(), is_here))
            host.interfaces_without_rewriting.push_back(one.name);
    }
}

// "nginx, process 812"; "a process of user 33" where that is all that can be known.
std::string format_owner(const ListeningSocket& socket, const std::vector<RunningProcess>& owners) {
    if (owners.empty()) return fmt::format("a process of user {}", socket.uid);
    const RunningProcess& first = owners.front();
    return first.name.empty() ? fmt::format("process {}", first.pid)
                              : fmt::format("{}, process {}", first.name, first.pid);
}

bool is_outside(const std::vector<RunningProcess>& owners, const std::string& cgroup) {
    return !owners.empty() && std::all_of(owners.begin(), owners.end(), [&](const RunningProcess& one) {
        return is_in_cgroup(one.pid, cgroup) == false;
    });
}

// For root all of it; in another namespace than that which is served nothing.
void look_at_network(std::uint64_t served, Host& host, std::vector<std::string>& not_inspected) {
    const auto mine = netns_cookie();
    if (!mine || *mine != served) {
        not_inspected.emplace_back("listening sockets, addresses and the ephemeral range: " +
                                   (mine ? "zdr serves another network namespace" : mine.error().text));
        return;
    }
    look_at_way_in(host);
    auto listening = listening_sockets();
    auto local = local_addresses();
    if (listening && local) {
        host.sockets.listening = std::move(*listening);
        host.sockets.local = std::move(*local);
    } else {
        not_inspected.push_back(listening ? local.error().text : listening.error().text);
    }
    host.sockets.accepts = [](const Address& address, Port port) {
        Server server;
        server.addresses = {address};
        server.app_port = port;
        return accepts(server, kConnectPatience);
    };
    auto published = geteuid() == 0 ? published_ports() : fail(Errc::kNotPermitted, "only root may know");
    if (published)
        host.published = std::move(*published);
    else
        not_inspected.push_back("what the firewall does to status ports: " + published.error().text);
    auto ephemeral = ephemeral_ports();
    if (ephemeral)
        host.ephemeral = std::move(*ephemeral);
    else
        not_inspected.push_back("the ephemeral range: " + ephemeral.error().text);
}

}  // namespace

Result<HostSurvey> survey_host(const Context& context, std::vector<std::string>& not_inspected) {
    HostSurvey out;
    std::uint64_t served = 0;
    std::string cgroup;
    {
        const auto opened = open_table(context, Access::kRead);
        if (!opened) return tl::unexpected(opened.error());
        if (auto registered = register_listeners(opened->dir.live()); !registered)
            not_inspected.push_back("what listens: " + registered.error().text);
        auto status = read_status(*opened, {});
        if (!status) return tl::unexpected(std::move(status.error()));
        auto endpoints = haproxy_endpoints(context, opened->table);
        if (!endpoints) return tl::unexpected(std::move(endpoints.error()));
        out.host.status = std::move(*status);
        out.endpoints = std::move(*endpoints);
        served = opened->table.netns_cookie();
        cgroup = opened->table.cgroup();
    }
    Host& host = out.host;
    host.now = context.now();
    host.is_running = is_running;
    const auto owners = std::make_shared<SocketOwners>();
    host.owner = [owners](const ListeningSocket& socket) { return format_owner(socket, owners->of(socket)); };
    host.is_outside_cgroup = [owners, cgroup](const ListeningSocket& socket) {
        return is_outside(owners->of(socket), cgroup);
    };
    if (std::any_of(host.status.hooks.begin(), host.status.hooks.end(),
                    [](const HookStatus& hook) { return !hook.attached; }))
        not_inspected.emplace_back("whether somebody removed a hook: only root may know");
    look_at_network(served, host, not_inspected);
    if (auto watched = watch_checks(context, host, not_inspected); !watched) return tl::unexpected(watched.error());
    return out;
}

}  // namespace zdr::ctl
