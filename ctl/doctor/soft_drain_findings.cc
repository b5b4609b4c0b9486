#include "ctl/doctor/soft_drain_findings.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace zdr::ctl {
namespace {

Finding make_finding(FindingId id, const Server& ours, const CheckedServer& theirs, std::string what, std::string why,
                     std::string remedy) {
    return {id,
            format_name(ours.name),
            theirs.location,
            std::move(what),
            std::move(why),
            std::move(remedy),
            theirs.line->line};
}

}  // namespace

Findings compare_soft_drain(const CheckersOfPort& theirs, const Server& ours) {
    // What runs does not say how it takes 404, and the twin's checks never lead to the drain port.
    const auto differs = std::find_if(theirs.begin(), theirs.end(), [&](const CheckedServer* one) {
        return one->line != nullptr && one->server.has_check && one->stops_at_404 != ours.drain_port.has_value();
    });
    if (differs == theirs.end()) return {};
    if (ours.drain_port)
        return {make_finding(FindingId::kDrainPortNotSoft, ours, **differs,
                             fmt::format("its drain port {} answers 404, which HAProxy takes for any other answer here",
                                         ours.drain_port->host()),
                             "zdr takes one 404 for a drain, and HAProxy has the server down later, or never",
                             "write \"option httpchk\" and \"http-check disable-on-404\" in its backend, or take "
                             "drain-port out of zdr.conf")};
    return {make_finding(FindingId::kNoDrainPort, ours, **differs,
                         "HAProxy gives a server that answers 404 no new clients, and zdr has no drain-port for it",
                         "a drain refuses its checks, so it takes fall of them, and moves clients that hold its cookie "
                         "unless there is a twin",
                         fmt::format("let something answer 404, name its port in [server.{}] (drain-port), and run "
                                     "zdr-loader load",
                                     ours.name))};
}

Findings find_in_drain_ports(const Host& host, const std::function<Result<DrainPort>(const Server&)>& ask) {
    Findings out;
    if (!host.sockets.listening) return out;
    for (const ServerStatus& one : host.status.servers) {
        const Server& server = one.server;
        if (!server.drain_port) continue;
        const auto found = ask(server);
        if (!found)
            out.push_back(
                {FindingId::kDrainPortAnswers, format_name(server.name), "", found.error().text,
                 "zdrctl refuses to drain it, since HAProxy might keep it up",
                 fmt::format("let what listens on port {} answer 404 to everything", server.drain_port->host())});
        else if (*found == DrainPort::kSilent)
            out.push_back({FindingId::kDrainPortSilent, format_name(server.name), "",
                           fmt::format("nothing listens on its drain port {}", server.drain_port->host()),
                           "a drain refuses its checks as without a drain port",
                           "start what answers 404 there, such as zdr-drain.socket of the package"});
    }
    return out;
}

}  // namespace zdr::ctl
