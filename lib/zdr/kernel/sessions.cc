#include "zdr/kernel/sessions.h"

#include <algorithm>

#include "zdr/kernel/session_records.h"
#include "zdr/net/network_namespace.h"

namespace zdr {

Result<std::vector<std::optional<SessionCounts>>> count_sessions(const std::string& pins, std::uint64_t served_netns,
                                                                 std::span<const ServerEntry> servers,
                                                                 std::span<const std::optional<Port>> active) {
    std::vector<std::optional<SessionCounts>> out(servers.size());
    const auto here = netns_cookie();
    if (servers.empty() || !here || *here != served_netns) return out;
    const auto records = read_sessions(pins);
    if (!records && records.error().code == std::errc::no_such_file_or_directory) return out;
    if (!records) return tl::unexpected(records.error());
    const auto counts = count_sessions(*records, kernel_tick(), servers, active);
    std::copy(counts.begin(), counts.end(), out.begin());
    return out;
}

Result<std::vector<std::vector<InstanceSessions>>> count_instance_sessions(const std::string& pins,
                                                                           std::span<const ServerEntry> servers) {
    std::vector<std::vector<InstanceSessions>> out(servers.size());
    const auto has_instances = [](const ServerEntry& entry) { return entry.server.handover_ports.has_value(); };
    if (std::none_of(servers.begin(), servers.end(), has_instances)) return out;
    const auto records = read_sessions(pins);
    if (!records) return tl::unexpected(records.error());
    for (std::size_t i = 0; i < servers.size(); ++i)
        if (has_instances(servers[i])) out[i] = count_instance_sessions(*records, kernel_tick(), servers[i].server);
    return out;
}

Result<std::set<std::uint64_t>> find_instance_sessions(const std::string& pins, const Server& server, Port port) {
    const auto records = read_sessions(pins);
    if (!records && records.error().code == std::errc::no_such_file_or_directory) return std::set<std::uint64_t>{};
    if (!records) return tl::unexpected(records.error());
    return find_instance_sessions(*records, server, port);
}

}  // namespace zdr
