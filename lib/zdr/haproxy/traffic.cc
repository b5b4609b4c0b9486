#include "zdr/haproxy/traffic.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace zdr {
namespace {

using SpecKind = HaproxyAddressSpec::Kind;

std::optional<Address> known_address(const HaproxyAddressSpec& spec, const HaproxyResolver& resolver) {
    if (spec.kind != SpecKind::kHost) return spec.address;
    const auto found = resolver(spec.host);
    return found ? std::optional(*found) : std::nullopt;
}

}  // namespace

HaproxyTraffic::HaproxyTraffic(const HaproxyConfig& config, const HaproxyResolver& resolver) : resolver_(resolver) {
    for (const HaproxyBind& bind : config.binds) add_binds(bind, resolver);
    for (const HaproxyProxy& proxy : config.proxies) {
        for (const HaproxyServerLine& line : proxy.servers) {
            if (!line.spec.port) continue;
            if (line.spec.address) servers_.emplace(AddressPort{*line.spec.address, *line.spec.port}, line.line);
            if (line.spec.kind == SpecKind::kHost) by_name_.emplace(*line.spec.port, &line);
        }
    }
}

// "ADDRESS:LOW-HIGH", several with commas between; without ":" it is no port's.
void HaproxyTraffic::add_binds(const HaproxyBind& bind, const HaproxyResolver& resolver) {
    std::string_view rest = bind.addresses;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        const std::size_t colon = one.rfind(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view ports = one.substr(colon + 1);
        const std::size_t dash = ports.find('-');
        const long low = haproxy_number(std::string(ports.substr(0, dash)));
        const long high = dash == std::string_view::npos ? low : haproxy_number(std::string(ports.substr(dash + 1)));
        const HaproxyAddressSpec spec = parse_haproxy_address_spec(std::string(one.substr(0, colon)) + ":0");
        const auto address = known_address(spec, resolver);
        if (!address && spec.kind != SpecKind::kAny) continue;
        if (address) own_.insert(*address);
        binds_.push_back({bind.line, address, low, high});
    }
}

bool HaproxyTraffic::is_own(const Address& address) const {
    static const Address loopback6 = *Address::parse("::1");
    return address.is_loopback_v4() || address == loopback6 || own_.contains(address);
}

std::optional<HaproxyTraffic::Use> HaproxyTraffic::find(const AddressPort& place) const {
    const long port = place.port.host();
    const auto bind = std::find_if(binds_.begin(), binds_.end(), [&](const Bind& one) {
        return one.low <= port && port <= one.high &&
               (one.address ? *one.address == place.address : is_own(place.address));
    });
    if (bind != binds_.end()) return Use{bind->line, true};
    if (const auto server = servers_.find(place); server != servers_.end()) return Use{server->second, false};
    const auto [begin, end] = by_name_.equal_range(place.port);
    const auto named = std::find_if(
        begin, end, [&](const auto& one) { return known_address(one.second->spec, resolver_) == place.address; });
    return named == end ? std::nullopt : std::optional(Use{named->second->line, false});
}

std::optional<std::size_t> HaproxyTraffic::find_wildcard_bind(Port port) const {
    const auto bind = std::find_if(binds_.begin(), binds_.end(), [&](const Bind& one) {
        return one.low <= port.host() && port.host() <= one.high && !one.address;
    });
    return bind == binds_.end() ? std::nullopt : std::optional(bind->line);
}

}  // namespace zdr
