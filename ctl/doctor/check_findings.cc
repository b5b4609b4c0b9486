#include "ctl/doctor/check_findings.h"

#include <fmt/core.h>

#include <algorithm>

#include "ctl/doctor/soft_drain_findings.h"
#include "ctl/doctor/wait_findings.h"
#include "zdr/haproxy/runtime.h"
#include "zdr/model/server.h"
#include "zdr/net/local_addresses.h"

namespace zdr::ctl {
namespace {

const std::optional<Address>& probed_address(const HaproxyServer& server) {
    return server.check_address ? server.check_address : server.address;
}

bool has_address(const Server& ours, const Address& address, std::span<const Address> local) {
    const auto& mine = ours.addresses.empty() ? local : std::span<const Address>(ours.addresses);
    return std::find(mine.begin(), mine.end(), address) != mine.end();
}

bool has_address_of(const HaproxyServer& theirs, const Server& ours, std::span<const Address> local) {
    return theirs.port == ours.app_port && theirs.address && has_address(ours, *theirs.address, local);
}

std::string format_probed(const HaproxyServer& server) {
    return server.backend.empty() ? format_name(server.name)
                                  : fmt::format("{}/{}", format_name(server.backend), format_name(server.name));
}

std::size_t line_of(const CheckedServer& server) {
    return server.line == nullptr ? 0 : server.line->line;
}

class Comparison {
  public:
    Comparison(std::span<const CheckedServer> theirs, std::string_view source, std::span<const Server> ours,
               const Sockets& sockets)
        : theirs_(theirs), source_(source), ours_(ours), sockets_(sockets) {
        for (const CheckedServer& one : theirs)
            if (one.server.has_check && one.server.check_port) by_check_port_.emplace(*one.server.check_port, &one);
        for (const Server& one : ours)
            for (const Port port : status_ports(one)) by_status_port_.emplace(port, &one);
    }

    Findings findings() && {
        for (const Server& server : ours_) look_at(server);
        for (const CheckedServer& one : theirs_) look_at(one);
        return std::move(out_);
    }

  private:
    std::vector<const CheckedServer*> checkers_of(const Server& server, Port port) const {
        std::vector<const CheckedServer*> out;
        const auto [begin, end] = by_check_port_.equal_range(port);
        for (auto one = begin; one != end; ++one) {
            const HaproxyServer& theirs = one->second->server;
            // HAProxy may see other addresses than this host does.
            if (checks_port(theirs, server, port, sockets_.local) || is_namesake(theirs, server))
                out.push_back(one->second);
        }
        return out;
    }

    // Whether it checks a status port of ours.
    bool is_known(const HaproxyServer& theirs) const {
        if (!theirs.check_port) return false;
        const auto [begin, end] = by_status_port_.equal_range(*theirs.check_port);
        return std::any_of(begin, end, [&](const auto& server) {
            return checks_port(theirs, *server.second, *theirs.check_port, sockets_.local);
        });
    }

    void look_at(const Server& server) {
        const auto checkers = checkers_of(server, server.status_port);
        if (checkers.empty()) find_unchecked(server);
        append(out_, compare_wait(checkers, server));
        append(out_, compare_backends(checkers, server));
        append(out_, compare_soft_drain(checkers, server));
        find_traffic(checkers, server);
        if (!server.backup_status_port) return;
        const auto backups = checkers_of(server, *server.backup_status_port);
        if (backups.empty()) find_unchecked_twin(server);
        append(out_, compare_wait(backups, server));
        for (const CheckedServer* one : backups) {
            if (one->server.is_backup) continue;
            out_.push_back(
                {FindingId::kBackupPortNoBackup, format_probed(one->server), one->location,
                 fmt::format("checks the backup status port {} of {}, but is no backup",
                             server.backup_status_port->host(), format_name(server.name)),
                 "in state drain that port still answers, so new clients come to the app through this server",
                 "write \"backup\" in its server line", line_of(*one)});
        }
    }

    void find_traffic(const std::vector<const CheckedServer*>& checkers, const Server& server) {
        for (const CheckedServer* one : checkers) {
            if (one->traffic.empty()) continue;
            out_.push_back({FindingId::kStatusPortCarriesTraffic, format_name(server.name), one->location,
                            fmt::format("its status port {} carries traffic of HAProxy's own ({})",
                                        server.status_port.host(), one->traffic),
                            "zdr gives whoever connects to it to the app, or refuses it: the traffic goes astray",
                            "take the server out of zdr.conf, or give it another check port here and there",
                            line_of(*one)});
            return;
        }
    }

    void find_unchecked(const Server& server) {
        const auto likely = std::find_if(theirs_.begin(), theirs_.end(), [&](const CheckedServer& one) {
            if (is_namesake(one.server, server)) return !one.server.is_backup;
            return !one.server.is_backup && has_address_of(one.server, server, sockets_.local) && !is_known(one.server);
        });
        const auto port = server.status_port.host();
        Finding finding{FindingId::kStatusPortUnchecked,
                        format_name(server.name),
                        "",
                        fmt::format("no server of {} checks its status port {}", source_, port),
                        "HAProxy does not learn of a drain of it, and goes on sending it clients",
                        fmt::format("write \"check port {}\" in its server line of HAProxy's configuration", port)};
        if (likely != theirs_.end()) {
            finding.location = likely->location;
            finding.line = line_of(*likely);
            const auto& theirs = likely->server;
            finding.what =
                theirs.has_check && theirs.check_port
                    ? fmt::format("HAProxy checks port {}, but its status port is {}", theirs.check_port->host(), port)
                    : fmt::format("HAProxy does not check its status port {}", port);
        }
        out_.push_back(std::move(finding));
    }

    void find_unchecked_twin(const Server& server) {
        const auto port = server.backup_status_port->host();
        out_.push_back(
            {FindingId::kBackupPortUnchecked, format_name(server.name), "",
             fmt::format("no server of {} checks its backup status port {}", source_, port),
             "HAProxy does not learn of state maint, so known clients stay with an app that is about to restart",
             fmt::format("write \"check port {}\" in the line of its backup twin, or take backup-status-port "
                         "out of zdr.conf",
                         port)});
    }

    // Nobody answers a port of this host that no server has: HAProxy has that one down for good.
    void look_at(const CheckedServer& one) {
        const HaproxyServer& theirs = one.server;
        const auto& address = probed_address(theirs);
        if (!theirs.has_check || !theirs.check_port || theirs.check_port == theirs.port || !address) return;
        if (!sockets_.listening || !sockets_.is_local(*address)) return;
        if (is_known(theirs) || sockets_.answers(*address, *theirs.check_port)) return;
        if (!one.traffic.empty()) {
            out_.push_back(
                {FindingId::kStatusPortCarriesTraffic, format_probed(theirs), one.location,
                 fmt::format("HAProxy checks port {} of {}, which carries traffic of its own ({}), and where nothing "
                             "listens",
                             theirs.check_port->host(), address->to_string(), one.traffic),
                 "its checks are refused, so HAProxy has it down, and such a port can be no status port",
                 "start what listens there, or give the server another check port, which zdr can have", line_of(one)});
            return;
        }
        out_.push_back(
            {FindingId::kCheckPortUnknown, format_probed(theirs), one.location,
             fmt::format("HAProxy checks port {} of {}, which no server of zdr has, and where nothing listens",
                         theirs.check_port->host(), address->to_string()),
             "its checks are refused, so HAProxy has it down, whatever state zdr shows",
             "name it in zdr.conf (zdrctl import prints the lines) and run zdr-loader load, or correct the "
             "check port",
             line_of(one)});
    }

    std::span<const CheckedServer> theirs_;
    std::string_view source_;
    std::span<const Server> ours_;
    const Sockets& sockets_;
    std::multimap<Port, const CheckedServer*, PortOrder> by_check_port_;
    std::multimap<Port, const Server*, PortOrder> by_status_port_;
    Findings out_;
};

}  // namespace

bool Sockets::is_local(const Address& address) const {
    return zdr::is_local(address, local);
}

std::vector<ListeningSocket> Sockets::on(Port port, const std::optional<Address>& address) const {
    std::vector<ListeningSocket> out;
    if (!listening) return out;
    const auto before = [](const ListeningSocket& socket, Port wanted) { return socket.port.host() < wanted.host(); };
    for (auto one = std::lower_bound(listening->begin(), listening->end(), port, before);
         one != listening->end() && one->port == port; ++one)
        if (!address || one->takes(*address)) out.push_back(*one);
    return out;
}

bool Sockets::answers(const Address& address, Port port) const {
    return !on(port, address).empty() || (accepts && accepts(address, port));
}

ServerIndex::ServerIndex(std::span<const Server> ours, std::span<const Address> local) : local_(local) {
    for (const Server& one : ours) {
        by_app_port_.emplace(one.app_port, &one);
        for (const Port port : status_ports(one)) by_status_port_.emplace(port, &one);
        by_name_.emplace(one.name, &one);
    }
}

bool ServerIndex::has(const HaproxyServer& theirs) const {
    const auto any = [](const auto& range, const auto& holds) {
        return std::any_of(range.first, range.second, [&](const auto& one) { return holds(*one.second); });
    };
    if (any(by_name_.equal_range(theirs.name), [&](const Server& one) { return is_namesake(theirs, one); }))
        return true;
    if (theirs.port && any(by_app_port_.equal_range(*theirs.port),
                           [&](const Server& one) { return has_address_of(theirs, one, local_); }))
        return true;
    // One that is not checked there, since "check" is missing or a command checks it, is ours all the same.
    HaproxyServer checked = theirs;
    checked.has_check = true;
    return theirs.check_port && any(by_status_port_.equal_range(*theirs.check_port), [&](const Server& one) {
               return checks_port(checked, one, *theirs.check_port, local_);
           });
}

Findings compare_checks(std::span<const CheckedServer> theirs, std::string_view source, std::span<const Server> ours,
                        const Sockets& sockets) {
    return Comparison(theirs, source, ours, sockets).findings();
}

}  // namespace zdr::ctl
