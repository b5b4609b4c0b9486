#include "ctl/doctor/check_findings.h"

#include <fmt/core.h>

#include <algorithm>

#include "zdr/base/duration.h"
#include "zdr/haproxy/runtime.h"
#include "zdr/model/server.h"
#include "zdr_checkers.h"

namespace zdr::ctl {
namespace {

using Kind = Finding::Kind;
using std::chrono::milliseconds;

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
        for (const Server& one : ours) {
            by_status_port_.emplace(one.status_port, &one);
            if (one.backup_status_port) by_status_port_.emplace(*one.backup_status_port, &one);
        }
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
        for (const CheckedServer* one : checkers) append(out_, compare_times(*one, server));
        if (!server.backup_status_port) return;
        const auto backups = checkers_of(server, *server.backup_status_port);
        if (backups.empty()) find_unchecked_twin(server);
        for (const CheckedServer* one : backups) {
            append(out_, compare_times(*one, server));
            if (one->server.is_backup) continue;
            out_.push_back(
                {Kind::kProblem, format_probed(one->server), one->location,
                 fmt::format("checks the backup status port {} of {}, but is no backup",
                             server.backup_status_port->host(), format_name(server.name)),
                 "in state drain that port still answers, so new clients come to the app through this server",
                 "write \"backup\" in its server line", line_of(*one)});
        }
    }

    void find_unchecked(const Server& server) {
        const auto likely = std::find_if(theirs_.begin(), theirs_.end(), [&](const CheckedServer& one) {
            if (is_namesake(one.server, server)) return !one.server.is_backup;
            return !one.server.is_backup && has_address_of(one.server, server, sockets_.local) && !is_known(one.server);
        });
        const auto port = server.status_port.host();
        Finding finding{Kind::kProblem,
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
            {Kind::kProblem, format_name(server.name), "",
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
        out_.push_back(
            {Kind::kProblem, format_probed(theirs), one.location,
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
    return address.is_loopback_v4() || std::find(local.begin(), local.end(), address) != local.end();
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
        by_status_port_.emplace(one.status_port, &one);
        if (one.backup_status_port) by_status_port_.emplace(*one.backup_status_port, &one);
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
    return theirs.check_port && any(by_status_port_.equal_range(*theirs.check_port), [&](const Server& one) {
               return checks_port(theirs, one, *theirs.check_port, local_);
           });
}

Findings compare_times(const CheckedServer& theirs, const Server& server) {
    if (theirs.line == nullptr) return {};
    Findings out;
    const HaproxyServerSettings& line = theirs.line->settings;
    const auto find = [&](std::string what, std::string why, const std::string& setting) {
        out.push_back(
            {Kind::kProblem, format_name(server.name), theirs.location, std::move(what), std::move(why),
             fmt::format("write \"{}\" in [server.{}] of zdr.conf and run zdr-loader load", setting, server.name),
             line_of(theirs)});
    };
    if (line.fall > server.fall)
        find(fmt::format("HAProxy takes it out after {} refused checks, and zdr has fall = {}", line.fall, server.fall),
             "the wait for a drain ends before HAProxy has taken the server out", fmt::format("fall = {}", line.fall));
    if (line.rise > server.rise)
        find(fmt::format("HAProxy puts it back after {} good checks, and zdr has rise = {}", line.rise, server.rise),
             "the wait for ready ends before HAProxy has put the server back, and a restart goes on with the next",
             fmt::format("rise = {}", line.rise));
    const milliseconds longest =
        std::max({line.inter, line.fastinter.value_or(line.inter), line.downinter.value_or(line.inter)});
    if (longest > ZDR_SILENT_INTERVALS * server.inter)
        find(fmt::format("HAProxy checks it as seldom as every {}, and zdr has inter = {}", format_duration(longest),
                         format_duration(server.inter)),
             "a checker that is silent for three intervals counts as gone, so a wait may end before HAProxy has "
             "asked",
             fmt::format("inter = {}", format_duration(longest)));
    return out;
}

Findings compare_checks(std::span<const CheckedServer> theirs, std::string_view source, std::span<const Server> ours,
                        const Sockets& sockets) {
    return Comparison(theirs, source, ours, sockets).findings();
}

}  // namespace zdr::ctl
