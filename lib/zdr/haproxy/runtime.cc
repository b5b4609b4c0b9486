#include "zdr/haproxy/runtime.h"

#include <algorithm>

namespace zdr {
namespace {

bool is_local(const Address& address, std::span<const Address> local) {
    return address.is_loopback_v4() || std::find(local.begin(), local.end(), address) != local.end();
}

}  // namespace

Result<std::vector<HaproxyServer>> ask_haproxy(const HaproxyEndpoint& endpoint, std::chrono::milliseconds within) {
    const auto answer = question_haproxy(endpoint, kHaproxyQuestion, within);
    auto servers = answer ? parse_haproxy_answer(*answer) : tl::unexpected(answer.error());
    if (!servers) return fail_with("HAProxy at " + endpoint.text, std::move(servers));
    return servers;
}

bool is_namesake(const HaproxyServer& theirs, const Server& ours) {
    return theirs.name == ours.name && (ours.backend.empty() || theirs.backend == ours.backend);
}

bool checks_port(const HaproxyServer& theirs, const Server& ours, Port status_port, std::span<const Address> local) {
    if (!theirs.has_check || theirs.check_port != status_port) return false;
    if (ours.addresses.empty() && is_namesake(theirs, ours)) return true;
    const auto& address = theirs.check_address ? theirs.check_address : theirs.address;
    if (!address) return false;
    if (ours.addresses.empty()) return is_local(*address, local);
    return std::find(ours.addresses.begin(), ours.addresses.end(), *address) != ours.addresses.end();
}

std::vector<const HaproxyServer*> find_haproxy_servers(std::span<const HaproxyServer> theirs, const Server& ours,
                                                       Port status_port, std::span<const Address> local) {
    std::vector<const HaproxyServer*> out;
    for (const HaproxyServer& one : theirs)
        if (checks_port(one, ours, status_port, local)) out.push_back(&one);
    if (!out.empty() || status_port != ours.status_port) return out;
    for (const HaproxyServer& one : theirs)
        if (is_namesake(one, ours)) out.push_back(&one);
    return out;
}

}  // namespace zdr
