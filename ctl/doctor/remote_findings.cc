#include "ctl/doctor/remote_findings.h"

#include <fmt/core.h>

#include <algorithm>

namespace zdr::ctl {
namespace {

// Why the server's checks are rewritten; empty: they are not.
std::string_view reason_to_rewrite(const ServerStatus& status) {
    if (!status.is_rewritten()) return "";
    return status.is_published ? "its port is published from a container"
                               : "its listener cannot be given to them (MPTCP, as Go listens, or a map of sockets of "
                                 "its own)";
}

bool is_rewriting(const Host& host) {
    return std::any_of(host.status.hooks.begin(), host.status.hooks.end(),
                       [](const HookStatus& hook) { return hook.hook == "tc"; });
}

Findings find_rewriting(const Host& host) {
    Findings out;
    const bool is_on = is_rewriting(host);
    for (const ServerStatus& one : host.status.servers) {
        const auto reason = reason_to_rewrite(one);
        if (reason.empty()) continue;
        if (is_on)
            out.push_back({FindingId::kChecksRewritten, format_name(one.server.name), "",
                           fmt::format("its checks from other hosts are rewritten: {}", reason),
                           "that is done on the interfaces that were up at the load", "nothing has to be done"});
        else
            out.push_back({FindingId::kNoRewriting, format_name(one.server.name), "",
                           fmt::format("its checks from other hosts would have to be rewritten: {}", reason),
                           "no interface has the programs for that, so these checks are refused",
                           "rewriting = auto in zdr.conf, and an interface that is up; then zdr-loader load"});
    }
    return out;
}

Findings find_late_interfaces(const Host& host) {
    std::vector<std::string> names;
    for (const ServerStatus& one : host.status.servers)
        if (!reason_to_rewrite(one).empty()) names.push_back(one.server.name);
    if (names.empty() || !is_rewriting(host)) return {};
    Findings out;
    for (const std::string& interface : host.interfaces_without_rewriting)
        out.push_back({FindingId::kLateInterface, "interface " + interface, "",
                       "came after the load, or is not among those of zdr.conf",
                       fmt::format("checks of {} that arrive there are refused", format_names(names)),
                       "zdr-loader load, if checks arrive there"});
    return out;
}

// One of the server's, whose checks come from other hosts, too.
bool is_apps_listener(const Server& server, const ListeningSocket& socket) {
    if (socket.port != server.app_port) return false;
    return server.addresses.empty() ||
           std::any_of(server.addresses.begin(), server.addresses.end(),
                       [&](const Address& address) { return !address.is_loopback_v4() && socket.takes(address); });
}

Findings find_apps_outside(const Host& host) {
    Findings out;
    if (!host.sockets.listening) return out;
    const auto& listening = *host.sockets.listening;
    for (const ServerStatus& one : host.status.servers) {
        if (one.is_published) continue;
        const auto found = std::find_if(listening.begin(), listening.end(), [&](const ListeningSocket& socket) {
            return is_apps_listener(one.server, socket) && host.is_outside_cgroup(socket);
        });
        if (found == listening.end()) continue;
        out.push_back(
            {FindingId::kAppOutsideCgroup, format_name(one.server.name), "",
             fmt::format("its app ({}) is outside of the cgroup that the hooks are attached to", host.owner(*found)),
             "when it listens anew, checks from other hosts are refused until the next zdrctl ready, wait or "
             "restart, or zdr-loader load",
             "cgroup = auto in zdr.conf, or a cgroup that has the app; then zdr-loader load"});
    }
    return out;
}

}  // namespace

Findings find_in_remote_checks(const Host& host) {
    Findings out;
    if (host.has_foreign_lookup)
        out.push_back({FindingId::kForeignLookup, "hook sk_lookup", "",
                       "is not zdr's alone: another program looks up sockets here",
                       "a connection to which that one gives a socket is not refused, whatever state the server is in",
                       "bpftool link shows both; let the other leave the status ports alone"});
    append(out, find_late_interfaces(host));
    append(out, find_rewriting(host));
    append(out, find_apps_outside(host));
    return out;
}

}  // namespace zdr::ctl
