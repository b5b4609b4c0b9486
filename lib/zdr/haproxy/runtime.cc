#include "zdr/haproxy/runtime.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "zdr/net/host_lookup.h"

namespace zdr {
namespace {

bool is_loopback_v4(const Address& address) {
    return address.is_v4() && (ntohl(address.words()[3]) >> 24) == IN_LOOPBACKNET;
}

bool is_local(const Address& address, std::span<const Address> local) {
    return is_loopback_v4(address) || std::find(local.begin(), local.end(), address) != local.end();
}

bool is_namesake(const HaproxyServer& theirs, const Server& ours) {
    return theirs.name == ours.name && (ours.backend.empty() || theirs.backend == ours.backend);
}

}  // namespace

Result<std::vector<HaproxyServer>> ask_haproxy(const HaproxyEndpoint& endpoint, std::chrono::milliseconds within) {
    const auto answer = question_haproxy(endpoint, kHaproxyQuestion, within);
    auto servers = answer ? parse_haproxy_answer(*answer) : tl::unexpected(answer.error());
    if (!servers) return fail_with("HAProxy at " + endpoint.text, std::move(servers));
    return servers;
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

Result<std::vector<Address>> local_addresses() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return fail_errno("list this host's addresses");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
    std::vector<Address> out;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next)
        if (const auto address = address_of(one->ifa_addr)) out.push_back(*address);
    return out;
}

}  // namespace zdr
