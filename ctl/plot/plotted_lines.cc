#include "ctl/plot/plotted_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "zdr/haproxy/runtime.h"

namespace zdr::ctl {
namespace {

// Servers with the same key are one app's.
std::string app_key(const HaproxyServer& server) {
    if (server.address && server.port) return fmt::format("{} {}", server.address->to_string(), server.port->host());
    return server.backend + "/" + server.name;
}

// Numbers of apps, in the order in which they are first asked for.
class Apps {
  public:
    std::size_t of(const HaproxyServer& server) {
        return numbers_.try_emplace(app_key(server), numbers_.size()).first->second;
    }

  private:
    std::map<std::string, std::size_t> numbers_;
};

// The backends that have one of ours; their apps get their numbers.
std::set<std::string> find_backends(const AskedHaproxy& haproxy, const Server& ours, std::span<const Address> local,
                                    Apps& apps) {
    std::set<std::string> out;
    for (const Port port : status_ports(ours))
        for (const HaproxyServer* theirs : find_haproxy_servers(haproxy.servers, ours, port, local)) {
            out.insert(theirs->backend);
            (void)apps.of(*theirs);
        }
    return out;
}

std::vector<RecordedLine> lines_of(const AskedHaproxy& haproxy, const std::set<std::string>& backends,
                                   const std::string& socket, std::size_t most, Apps& apps) {
    std::vector<RecordedLine> out;
    for (const HaproxyServer& one : haproxy.servers) {
        if (!backends.contains(one.backend)) continue;
        out.push_back({.line = {.name = fmt::format("{}/{}", one.backend, one.name),
                                .haproxy = socket,
                                .app = apps.of(one),
                                .is_backup = one.is_backup},
                       .of = {{one.backend, one.name}}});
    }
    std::stable_sort(out.begin(), out.end(), [](const RecordedLine& a, const RecordedLine& b) {
        return std::pair(a.line.app, a.line.is_backup) < std::pair(b.line.app, b.line.is_backup);
    });
    if (out.size() <= most) return out;
    RecordedLine rest{.line = {.name = fmt::format("{} more", out.size() - most), .haproxy = socket, .is_rest = true},
                      .of = {}};
    for (std::size_t i = most; i < out.size(); ++i) rest.of.push_back(out[i].of.front());
    out.resize(most);
    out.push_back(std::move(rest));
    return out;
}

}  // namespace

std::vector<SampledHaproxy> choose_plotted_lines(std::span<const AskedHaproxy> haproxys, std::span<const Server> ours,
                                                 std::span<const Address> local) {
    Apps apps;
    std::vector<std::set<std::string>> backends(haproxys.size());
    for (const Server& server : ours)
        for (std::size_t i = 0; i < haproxys.size(); ++i)
            backends[i].merge(find_backends(haproxys[i], server, local, apps));
    const std::size_t most = std::max<std::size_t>(kMostLines / std::max<std::size_t>(haproxys.size(), 1), 1);
    std::vector<SampledHaproxy> out;
    for (std::size_t i = 0; i < haproxys.size(); ++i) {
        if (backends[i].empty()) continue;
        const std::string socket = haproxys.size() > 1 ? haproxys[i].endpoint.text : "";
        out.push_back({.endpoint = haproxys[i].endpoint,
                       .backends = {backends[i].begin(), backends[i].end()},
                       .lines = lines_of(haproxys[i], backends[i], socket, most, apps)});
    }
    return out;
}

}  // namespace zdr::ctl
