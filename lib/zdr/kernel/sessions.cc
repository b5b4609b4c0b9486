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

Result<std::vector<InstanceSessions>> count_instance_sessions(const std::string& pins, const Server& server) {
    const auto records = read_sessions(pins);
    if (!records) return tl::unexpected(records.error());
    return count_instance_sessions(*records, kernel_tick(), server);
}

Result<std::set<std::uint64_t>> find_instance_sessions(const std::string& pins, const Server& server, Port port) {
    const auto records = read_sessions(pins);
    if (!records && records.error().code == std::errc::no_such_file_or_directory) return std::set<std::uint64_t>{};
    if (!records) return tl::unexpected(records.error());
    return find_instance_sessions(*records, server, port);
}

}  // namespace zdr
