#include "ctl/doctor/host_findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "zdr/base/duration.h"
#include "zdr/control/server_lookup.h"
#include "zdr/model/server.h"
#include "zdr_checkers.h"

namespace zdr::ctl {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

// After a flip the interval is that of before, and of fastinter, for a while.
constexpr std::uint32_t kSettledAsks = 16;

Findings find_hooks(const Host& host) {
    Findings out;
    for (const HookStatus& hook : host.status.hooks)
        if (hook.attached == false)
            out.push_back({FindingId::kHookRemoved, fmt::format("hook {} at {}", hook.hook, hook.at), "",
                           "was removed by somebody else", "the checks that come this way reach no server of zdr",
                           "zdr-loader load puts it back"});
    return out;
}

Findings find_backends(const Host& host) {
    std::map<std::string, std::vector<const ServerStatus*>> backends;
    for (const ServerStatus& one : host.status.servers)
        for (const std::string& name : one.server.backends) backends[name].push_back(&one);
    Findings out;
    for (const auto& [name, servers] : backends) {
        const bool has_ready = std::any_of(servers.begin(), servers.end(), [&](const ServerStatus* one) {
            return one->flip.effective(host.now.boot) == State::kReady;
        });
        if (servers.size() < 2 || has_ready) continue;
        std::vector<std::string> names;
        for (const ServerStatus* one : servers) names.push_back(one->server.name);
        out.push_back({FindingId::kBackendWithoutReady, "backend " + format_name(name), "",
                       fmt::format("has no ready server (min-ready is 1; {})", format_names(names)),
                       "once the last one is down, HAProxy gives new clients to a backup, or to nobody",
                       "zdrctl ready " + format_name(names.front())});
    }
    return out;
}

// One for all servers, since the remedy is one.
Findings find_ephemeral_ports(const Host& host) {
    if (!host.ephemeral) return {};
    std::vector<PortRange> ranges = host.ephemeral->reserved;
    std::vector<std::string> names;
    std::vector<PortRange> ports;
    for (const ServerStatus& one : host.status.servers) {
        for (const Port port : status_ports(one.server)) {
            if (!host.ephemeral->include(port)) continue;
            ports.push_back({port.host(), port.host()});
            if (names.empty() || names.back() != one.server.name) names.push_back(one.server.name);
        }
    }
    if (ports.empty()) return {};
    ranges.insert(ranges.end(), ports.begin(), ports.end());
    return {
        {FindingId::kEphemeralPort, format_names(names), "", host.ephemeral->describe_status_ports(std::move(ports)),
         "the kernel may give that port to any process that asks for none, and whoever connects to it there reaches "
         "the app instead",
         fmt::format("sysctl net.ipv4.ip_local_reserved_ports={}, and the same in /etc/sysctl.d; or ports below {}",
                     format_ranges(std::move(ranges)), host.ephemeral->range.first)}};
}

// What is looked at for each server.
class ServerFindings {
  public:
    ServerFindings(const Host& host, const ServerStatus& status)
        : host_(host), status_(status), server_(status.server), state_(status.flip.effective(host.now.boot)) {}

    Findings findings() && {
        const bool is_published_since = was_published_since();
        if (host_.sockets.listening) {
            find_hidden_listeners(server_.status_port, "status port");
            if (server_.backup_status_port) find_hidden_listeners(*server_.backup_status_port, "backup status port");
            if (!status_.is_published && !is_published_since) find_silent_app();
        }
        for (const Port port : status_ports(server_)) find_translation(port);
        if (is_published_since)
            find(FindingId::kPublishedSince,
                 fmt::format("its app port {} is published from a container, and was not at the load",
                             server_.app_port.host()),
                 "checks from other hosts are not rewritten, so they do not reach the container", "zdr-loader load");
        find_silent_checkers(server_.status_port, false);
        if (server_.backup_status_port) find_silent_checkers(*server_.backup_status_port, true);
        find_seldom_checkers();
        find_frequent_checkers();
        if (is_overflowed())
            find(FindingId::kTooManyCheckers, "is checked by more than zdr has places for",
                 "a wait cannot know of all of them, so it runs into its time-out",
                 fmt::format("let at most {} check it, or give --haproxy or --no-wait",
                             ZDR_CHECKERS + ZDR_OVERFLOW_CHECKERS));
        find_lost_restart();
        return std::move(out_);
    }

  private:
    void find(FindingId id, std::string what, std::string why, std::string remedy) {
        out_.push_back({id, format_name(server_.name), "", std::move(what), std::move(why), std::move(remedy)});
    }

    std::vector<ListeningSocket> listeners_on(Port port) const {
        if (server_.addresses.empty()) return host_.sockets.on(port, std::nullopt);
        for (const Address& address : server_.addresses)
            if (auto found = host_.sockets.on(port, address); host_.sockets.is_local(address) && !found.empty())
                return found;
        return {};
    }

    void find_hidden_listeners(Port port, std::string_view kind) {
        const auto found = listeners_on(port);
        if (found.empty() || server_.replace_listener) return;
        find(
            FindingId::kStatusPortTaken,
            fmt::format("something listens on its {} {} ({})", kind, port.host(), host_.owner(found.front())),
            "zdr hides it: who connects to it reaches the app, or is refused. When zdr is not loaded, HAProxy's checks "
            "reach it and tell nothing of the app",
            "let it listen on another port, or give the server another status port in zdr.conf and in HAProxy");
    }

    // Whether a rule or a holder of ports has connections to a port of the server's.
    template <class Has>
    bool any_address(const Has& has) const {
        if (!host_.published) return false;
        const auto& addresses = server_.addresses;
        if (addresses.empty()) return has(*host_.published, std::nullopt);
        return std::any_of(addresses.begin(), addresses.end(), [&](const Address& address) {
            return host_.sockets.is_local(address) && has(*host_.published, std::optional(address));
        });
    }

    bool was_published_since() const {
        return server_.published == Published::kAuto && !status_.is_published &&
               any_address([&](const PublishedPorts& ports, const std::optional<Address>& address) {
                   return ports.has(address, server_.app_port);
               });
    }

    void find_translation(Port port) {
        if (!any_address([&](const PublishedPorts& ports, const std::optional<Address>& address) {
                return ports.is_translated(address, port);
            }))
            return;
        find(FindingId::kStatusPortTranslated,
             fmt::format("a rule of the firewall gives connections to its status port {} another destination",
                         port.host()),
             "checks from other hosts go there, whatever state the server is in",
             "take the rule away (iptables-save -t nat and nft list ruleset show it), or the port out of its range");
    }

    void find_silent_app() {
        const Port port = server_.app_port;
        std::string where;
        if (server_.addresses.empty() &&
            (!listeners_on(port).empty() ||
             std::any_of(host_.sockets.local.begin(), host_.sockets.local.end(),
                         [&](const Address& one) { return host_.sockets.answers(one, port); })))
            return;
        for (const Address& address : server_.addresses) {
            if (!host_.sockets.is_local(address) || host_.sockets.answers(address, port)) continue;
            where = " of " + address.to_string();
            break;
        }
        if (where.empty() && !server_.addresses.empty()) return;
        if (state_ == State::kReady)
            find(FindingId::kAppNotListening, fmt::format("nothing listens on its app port {}{}", port.host(), where),
                 "its checks are passed on to that port and refused there, so HAProxy has it down, though it is ready",
                 "start the app, or correct its address and port in zdr.conf");
        else
            find(FindingId::kAppNotListeningYet,
                 fmt::format("nothing listens on its app port {}{}", port.host(), where),
                 fmt::format("it is in state {}, so HAProxy does not need it now", to_string(state_)),
                 fmt::format("start the app before zdrctl ready {}", format_name(server_.name)));
    }

    bool is_overflowed() const {
        const nanoseconds last = status_.checks.overflowed_boot;
        return last.count() != 0 && host_.now.boot - last <= ZDR_SILENT_INTERVALS * server_.inter;
    }

    // Of one port. One that is new, or that more ask than the table holds, is not judged.
    void find_silent_checkers(Port port, bool is_backup) {
        const Checker* last = nullptr;
        for (const Checker& one : status_.checks.checkers) {
            if (one.is_backup != is_backup) continue;
            if (one.is_live(host_.now.boot, longest_interval(server_, true))) return;
            if (last == nullptr || one.last_boot > last->last_boot) last = &one;
        }
        const bool is_new = last == nullptr && host_.watched_for <= ZDR_SILENT_INTERVALS * server_.inter;
        if (is_new || is_overflowed()) return;
        const std::string_view kind = is_backup ? "backup status port" : "status port";
        const auto since = [&] { return std::chrono::floor<seconds>(host_.now.boot - last->last_boot); };
        find(FindingId::kNobodyChecks,
             last == nullptr ? fmt::format("nobody checks its {} {}", kind, port.host())
                             : fmt::format("nobody has checked its {} {} for {} (the last was {})", kind, port.host(),
                                           format_span(since()), last->from),
             is_backup ? "known clients are not moved by maint, since nobody learns of it"
                       : "a drain is refused, since there is nobody to wait for, and nobody would learn of it",
             fmt::format("is HAProxy running, and has its {} \"check port {}\"? zdrctl doctor HAPROXY.CFG compares",
                         is_backup ? "backup twin" : "server line", port.host()));
    }

    // A wait goes by what was observed, but for who is taken for a checker at all.
    void find_seldom_checkers() {
        const auto longest = std::max(
            {server_.inter, server_.fastinter.value_or(server_.inter), server_.downinter.value_or(server_.inter)});
        for (const Checker& one : status_.checks.checkers) {
            if (!one.interval || *one.interval <= ZDR_SILENT_INTERVALS * longest) continue;
            if (!one.is_live(host_.now.boot, longest)) continue;
            find(FindingId::kSeldomChecks,
                 fmt::format("is checked by {} every {}, and its longest interval in zdr.conf is {}", one.from,
                             format_elapsed(*one.interval), format_duration(longest)),
                 "who asks that seldom is taken for a passer-by, and not waited for, unless it sends traffic, too",
                 fmt::format("if that is HAProxy, write its interval (inter, downinter) in [server.{}] of zdr.conf",
                             server_.name));
            return;
        }
    }

    // While nothing changes, one HAProxy asks once in each interval; with spread-checks somewhat more often at times.
    // Of several lines of it nobody knows which have other intervals.
    void find_frequent_checkers() {
        if (state_ != State::kReady || server_.checks != 1) return;
        for (const Checker& one : status_.checks.checkers) {
            if (!one.is_habit() || one.redirected_streak < kSettledAsks ||
                !one.is_live(host_.now.boot, server_.inter) || *one.interval * 5 >= server_.inter * 3)
                continue;
            find(FindingId::kFrequentChecks,
                 fmt::format("is checked by {} every {}, and its interval in zdr.conf is {}", one.from,
                             format_elapsed(*one.interval), format_duration(server_.inter)),
                 "several HAProxys, or several server lines of one, may ask from there: what one was answered then "
                 "counts for another, and a wait may end too early",
                 fmt::format("write its interval (inter), or how many ask (checks), in [server.{}] of zdr.conf",
                             server_.name));
            return;
        }
    }

    void find_lost_restart() {
        const Flip& flip = status_.flip;
        if (state_ == State::kReady || !flip.holder || host_.is_running(*flip.holder)) return;
        const auto left = time_left(flip, host_.now);
        find(FindingId::kRestartGone, fmt::format("the restart that put it into {} is gone", to_string(state_)),
             left ? fmt::format("it is ready again by itself in {}, whether or not the app is", format_span(*left))
                  : "it stays out until somebody makes it ready",
             fmt::format("zdrctl restart {0} again, or zdrctl ready {0}", format_name(server_.name)));
    }

    const Host& host_;
    const ServerStatus& status_;
    const Server& server_;
    State state_;
    Findings out_;
};

}  // namespace

Findings find_in_host(const Host& host) {
    Findings out = find_hooks(host);
    append(out, find_backends(host));
    append(out, find_ephemeral_ports(host));
    for (const ServerStatus& one : host.status.servers) append(out, ServerFindings(host, one).findings());
    return out;
}

}  // namespace zdr::ctl
