#include "zdr/net/published_ports.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "zdr/net/local_addresses.h"
#include "zdr/net/nat/firewall.h"
#include "zdr/net/port_holders.h"

namespace zdr {
namespace {

// A range that has all ports of the filter.
PortRange span_of(const DestinationFilter& filter) {
    PortRange out{0, 65535};
    for (const auto& condition : filter.ports) {
        if (condition.is_negated || condition.ranges.empty()) continue;
        const auto& ranges = condition.ranges;
        const auto by_first = [](const PortRange& a, const PortRange& b) { return a.first < b.first; };
        const auto by_last = [](const PortRange& a, const PortRange& b) { return a.last < b.last; };
        out.first = std::max(out.first, std::min_element(ranges.begin(), ranges.end(), by_first)->first);
        out.last = std::min(out.last, std::max_element(ranges.begin(), ranges.end(), by_last)->last);
    }
    return out;
}

Result<std::vector<Translation>> read_translations() {
    const auto tables = read_nat_tables();
    if (!tables) return tl::unexpected(tables.error());
    std::vector<Translation> out;
    for (const NatTable& table : *tables) {
        auto found = find_translations(table);
        if (!found) return found;
        std::move(found->begin(), found->end(), std::back_inserter(out));
    }
    return out;
}

}  // namespace

PublishedPorts::PublishedPorts(std::vector<Translation> translations, std::vector<ListeningSocket> held,
                               const std::vector<Address>& local)
    : held_(std::move(held)) {
    bool is_everywhere = false;
    for (Translation& one : translations) {
        if (one.filter.is_impossible) continue;
        const bool is_local = std::any_of(local.begin(), local.end(),
                                          [&](const Address& address) { return one.filter.has_address(address); });
        const PortRange span = span_of(one.filter);
        for (unsigned port = span.first; port <= span.last && !is_everywhere; ++port) candidates_.set(port);
        is_everywhere = is_everywhere || (span.first == 0 && span.last == 65535);
        const bool is_here = !one.to || zdr::is_local(*one.to, local);
        publications_.push_back({std::move(one.filter), is_local, is_here});
    }
}

template <class Holds>
bool PublishedPorts::any(const std::optional<Address>& address, Port port, const Holds& holds) const {
    return candidates_[port.host()] &&
           std::any_of(publications_.begin(), publications_.end(), [&](const Publication& one) {
               return holds(one) && one.filter.has_port(port) &&
                      (address ? one.filter.has_address(*address) : one.is_local);
           });
}

bool PublishedPorts::has(const std::optional<Address>& address, Port port) const {
    const auto holds = [&](const ListeningSocket& one) {
        return one.port == port && (!address || one.takes(*address));
    };
    return any(address, port, [](const Publication& one) { return !one.is_here; }) ||
           std::any_of(held_.begin(), held_.end(), holds);
}

bool PublishedPorts::is_translated(const std::optional<Address>& address, Port port) const {
    return any(address, port, [](const Publication&) { return true; });
}

Result<PublishedPorts> published_ports() {
    auto translations = read_translations();
    if (!translations) return tl::unexpected(std::move(translations.error()));
    const auto local = local_addresses();
    if (!local) return tl::unexpected(local.error());
    const auto listening = listening_sockets();
    if (!listening) return tl::unexpected(listening.error());
    return PublishedPorts(std::move(*translations), held_for_containers(*listening), *local);
}

}  // namespace zdr
