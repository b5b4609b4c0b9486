#include "zdr/model/server.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "zdr/base/text.h"
#include "zdr_abi.h"

namespace zdr {

static_assert(kMaxServers == ZDR_MAX_SERVERS);

namespace {

constexpr std::array<std::string_view, 4> kStarts = {"ready", "drain", "maint", "last"};
constexpr std::array<std::string_view, 3> kPublished = {"auto", "yes", "no"};

constexpr std::string_view kLocal = "local:";
constexpr std::size_t kProcessNameSize = 15;

std::string joined(std::span<const std::string> parts) {
    std::string out;
    for (const std::string& one : parts) out += (out.empty() ? "" : ",") + one;
    return out;
}

template <class T>
Result<T> parse_one_of(std::string_view text, std::span<const std::string_view> names, std::string_view choice) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return fail(Errc::kUsage, fmt::format("{} is not {}", in_quotes(text), choice));
    return static_cast<T>(found - names.begin());
}

// Which ports are taken, where. An empty optional address is every address.
class PortUse {
  public:
    using At = std::optional<Address>;

    explicit PortUse(std::size_t expected) : taken_(expected) {}

    // The server that has this very address and port, if any; else takes it for this one.
    std::optional<std::size_t> take(const At& at, Port port, std::size_t server) {
        const auto [entry, is_new] = taken_.try_emplace({port, at}, server);
        if (is_new) first_.try_emplace(port.host(), server);
        return is_new ? std::nullopt : std::optional(entry->second);
    }
    // The server whose use of the port overlaps this address: the same, or either is every address.
    std::optional<std::size_t> overlap(const At& at, Port port) const {
        const auto first = first_.find(port.host());
        if (first == first_.end()) return std::nullopt;
        if (!at) return first->second;
        for (const At& other : {at, At()}) {
            if (const auto found = taken_.find({port, other}); found != taken_.end()) return found->second;
        }
        return std::nullopt;
    }

  private:
    struct Place {
        Port port;
        At at;
        bool operator==(const Place&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Place& place) const {
            std::uint64_t hash = place.port.host();
            if (!place.at) return hash;
            for (const std::uint32_t word : place.at->words()) {
                hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
                hash ^= hash >> 32;
            }
            return hash;
        }
    };

    std::unordered_map<Place, std::size_t, Hash> taken_;
    std::unordered_map<std::uint16_t, std::size_t> first_;
};

std::vector<PortUse::At> places(const Server& server) {
    if (server.addresses.empty()) return {std::nullopt};
    return {server.addresses.begin(), server.addresses.end()};
}

std::string where(const PortUse::At& at, Port port) {
    if (!at) return fmt::format("*:{}", port.host());
    return at->is_v4() ? fmt::format("{}:{}", at->to_string(), port.host())
                       : fmt::format("[{}]:{}", at->to_string(), port.host());
}

Clash app_port_clash(std::span<const Server> servers, std::size_t status, std::size_t app, const std::string& place) {
    return {std::min(status, app), std::max(status, app),
            fmt::format("status port {} of {} is the app port of {}", place, servers[status].name, servers[app].name)};
}

}  // namespace

std::string_view to_string(State state) {
    return kStarts[static_cast<std::size_t>(state)];
}
std::string_view to_string(Start start) {
    return kStarts[static_cast<std::size_t>(start)];
}
std::string_view to_string(Published published) {
    return kPublished[static_cast<std::size_t>(published)];
}

Result<State> parse_state(std::string_view text) {
    return parse_one_of<State>(text, std::span(kStarts).first(3), "ready, drain or maint");
}

Result<Start> parse_start(std::string_view text) {
    return parse_one_of<Start>(text, kStarts, "ready, drain, maint or last");
}

Result<Published> parse_published(std::string_view text) {
    return parse_one_of<Published>(text, kPublished, "auto, yes or no");
}

Result<PortRange> parse_handover_ports(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto first = Port::parse(text.substr(0, dash));
    const auto last = dash == text.npos ? first : Port::parse(text.substr(dash + 1));
    if (first && last && *first <= *last) return PortRange{first->host(), last->host()};
    return fail(Errc::kUsage, in_quotes(text) + " is not a range of ports; write FIRST-LAST, as 21000-21099");
}

std::string to_string(const PortRange& ports) {
    return ports.first == ports.last ? std::to_string(ports.first) : fmt::format("{}-{}", ports.first, ports.last);
}

std::vector<Port> status_ports(const Server& server) {
    std::vector<Port> ports = {server.status_port};
    if (server.backup_status_port) ports.push_back(*server.backup_status_port);
    return ports;
}

bool may_be_active(const Server& server, Port port) {
    return port == server.app_port || (server.handover_ports && server.handover_ports->has(port));
}

Result<void> check_ways(const Server& server) {
    const auto has = [&](Port port) { return server.handover_ports && server.handover_ports->has(port); };
    if (has(server.app_port))
        return fail(Errc::kUsage, fmt::format("port {} of {} is one of its own handover-ports; HAProxy's traffic goes "
                                              "to a port that no other instance has",
                                              server.app_port.host(), format_name(server.name)));
    for (const Port port : status_ports(server))
        if (has(port) || port == server.drain_port)
            return fail(Errc::kUsage, fmt::format("status port {} of {} is one that something is to listen on",
                                                  port.host(), format_name(server.name)));
    if (server.drain_port && (has(*server.drain_port) || server.drain_port == server.app_port))
        return fail(Errc::kUsage, fmt::format("drain-port {} of {} is one of the app's own ports",
                                              server.drain_port->host(), format_name(server.name)));
    if (server.handover_ports && server.published == Published::kYes)
        return fail(Errc::kUsage, fmt::format("{} is published from a container, and has handover-ports; only sockets "
                                              "of this host can be handed over to",
                                              format_name(server.name)));
    return {};
}

std::string addresses_to_string(const Server& server) {
    if (server.addresses.empty()) return "*";
    std::vector<std::string> out;
    for (const Address& address : server.addresses) out.push_back(address.to_string());
    return joined(out);
}

std::string backends_to_string(const Server& server) {
    return joined(server.backends);
}

std::string first_backend(const Server& server) {
    return server.backends.empty() ? "" : server.backends.front();
}

std::string to_string(const CheckerName& checker) {
    return checker.is_local ? std::string(kLocal) + checker.from : checker.from;
}

std::string format_checkers(std::span<const CheckerName> checkers, std::string_view between) {
    std::string out;
    for (const CheckerName& one : checkers) out += fmt::format("{}{}", out.empty() ? "" : between, to_string(one));
    return out;
}

Result<CheckerName> parse_checker_name(std::string_view text) {
    if (text.starts_with(kLocal)) {
        const std::string_view name = text.substr(kLocal.size());
        const bool is_odd =
            std::any_of(name.begin(), name.end(), [](unsigned char byte) { return byte <= ' ' || byte >= 0x7f; });
        if (name.empty() || name.size() > kProcessNameSize || is_odd)
            return fail(Errc::kUsage, fmt::format("{} does not name a process; it has 1 to {} bytes, as ps -o comm "
                                                  "shows them",
                                                  in_quotes(text), kProcessNameSize));
        return CheckerName{std::string(name), true};
    }
    const auto address = Address::parse(std::string(text));
    if (!address && text.find('%') != std::string_view::npos) return tl::unexpected(address.error());
    if (!address)
        return fail(Errc::kUsage,
                    fmt::format("{} is neither the address of a checker nor local:NAME", in_quotes(text)));
    return CheckerName{address->to_string(), false};
}

std::chrono::milliseconds longest_interval(const Server& server, bool is_down) {
    return is_down ? std::max(server.inter, server.downinter.value_or(server.inter)) : server.inter;
}

Result<void> check_name(std::string_view name) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
    if (name.empty()) return fail(Errc::kUsage, "a name is empty");
    if (name.size() >= ZDR_NAME_SIZE)
        return fail(Errc::kUsage, fmt::format("name {} has {} bytes; at most {} fit", in_quotes(name), name.size(),
                                              ZDR_NAME_SIZE - 1));
    if (name.find_first_not_of(kAllowed) != std::string_view::npos)
        return fail(Errc::kUsage, fmt::format("name {} may have only letters, digits and - _ . :", in_quotes(name)));
    return {};
}

std::string format_name(std::string_view name) {
    return check_name(name) ? std::string(name) : in_quotes(name);
}

std::string format_names(std::span<const std::string> names) {
    constexpr std::size_t kMost = 3;
    std::string out;
    for (const std::string& name : names.first(std::min(names.size(), kMost)))
        out += (out.empty() ? "" : ", ") + format_name(name);
    if (names.size() > kMost) out += fmt::format(" and {} more", names.size() - kMost);
    return out;
}

std::size_t address_words(const Address& address) {
    return address.is_v4() ? 1 : 4;
}

Result<void> check_addresses(std::span<const Address> addresses) {
    std::size_t words = 0;
    for (const Address& address : addresses) words += address_words(address);
    if (words <= ZDR_ADDRESS_WORDS) return {};
    return fail(Errc::kUsage,
                fmt::format("the addresses of a server take {} bytes (IPv4 4, IPv6 16), and at most {} fit; * is every "
                            "address of this host",
                            4 * words, 4 * ZDR_ADDRESS_WORDS));
}

std::optional<Clash> find_clash(std::span<const Server> servers) {
    std::unordered_map<std::string_view, std::size_t> names(servers.size());
    PortUse status(2 * servers.size());
    PortUse app(servers.size());
    PortUse led(0);  // of those, the ones whose connections may be led elsewhere
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const Server& server = servers[i];
        if (const auto [entry, is_new] = names.try_emplace(server.name, i); !is_new)
            return Clash{entry->second, i, fmt::format("server {} is there twice", server.name)};
        for (const PortUse::At& at : places(server)) {
            for (const Port port : status_ports(server)) {
                if (const auto other = status.take(at, port, i))
                    return Clash{*other, i,
                                 fmt::format("status port {} of {} is already {}", where(at, port), server.name,
                                             *other == i ? "its own" : servers[*other].name + "'s")};
                if (const auto other = app.overlap(at, port))
                    return app_port_clash(servers, i, *other, where(at, port));
            }
            const auto other = (server.handover_ports ? app : led).overlap(at, server.app_port);
            if (other && *other != i)
                return Clash{*other, i,
                             fmt::format("port {} of {} is that of {}, too, and one of them has handover-ports",
                                         where(at, server.app_port), server.name, servers[*other].name)};
            app.take(at, server.app_port, i);
            if (server.handover_ports) led.take(at, server.app_port, i);
            if (const auto checked = status.overlap(at, server.app_port))
                return app_port_clash(servers, *checked, i, where(at, server.app_port));
        }
    }
    return std::nullopt;
}

}  // namespace zdr
