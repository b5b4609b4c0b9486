#include "zdr/net/local_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <memory>

#include "zdr/net/host_lookup.h"

namespace zdr {

Result<std::vector<Address>> local_addresses() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return fail_errno("list this host's addresses");
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
    std::vector<Address> out;
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next)
        if (const auto address = address_of(one->ifa_addr)) out.push_back(*address);
    return out;
}

std::optional<unsigned> interface_of(const Address& address) {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return std::nullopt;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);
    for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next)
        if (address_of(one->ifa_addr) == address) return if_nametoindex(one->ifa_name);
    return std::nullopt;
}

bool is_local(const Address& address, std::span<const Address> local) {
    return address.is_loopback_v4() || std::find(local.begin(), local.end(), address) != local.end();
}

}  // namespace zdr
