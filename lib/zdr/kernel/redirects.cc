#include "zdr/kernel/redirects.h"

#include <arpa/inet.h>

#include <cstring>
#include <optional>
#include <set>

#include "zdr/base/retry.h"
#include "zdr/kernel/bpf_map.h"

namespace zdr {
namespace {

// Where else than to its app port a server's ports may lead.
std::vector<PortRange> listeners_of(const Server& server) {
    std::vector<PortRange> out;
    if (server.handover_ports) out.push_back(*server.handover_ports);
    if (server.drain_port) out.push_back({server.drain_port->host(), server.drain_port->host()});
    return out;
}

Redirect redirect(const ServerEntry& entry, const std::optional<Address>& at, Port port, __u8 role) {
    Redirect out{};
    out.key.prefix_bits = at ? ZDR_PREFIX_ADDRESS : ZDR_PREFIX_PORT;
    out.key.port = port.network();
    if (at) std::memcpy(out.key.address, at->words().data(), sizeof out.key.address);
    out.target.slot = entry.slot;
    out.target.app_port = entry.server.app_port.network();
    out.target.role = role;
    if (!at) out.target.flags |= ZDR_ANY_ADDRESS;
    if (entry.is_published) out.target.flags |= ZDR_PUBLISHED;
    out.listeners = listeners_of(entry.server);
    if (!out.listeners.empty()) out.target.flags |= ZDR_HAS_WAYS;
    return out;
}

Result<UniqueFd> build_trie(std::span<const Redirect> redirects) {
    bpf_map_create_opts options{};
    options.sz = sizeof options;
    options.map_flags = BPF_F_NO_PREALLOC;
    UniqueFd trie = open_in_a_few_tries([&] {
        return bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, kRedirectTrie.name, kRedirectTrie.key_size,
                              kRedirectTrie.value_size, ZDR_MAX_REDIRECTS, &options);
    });
    if (!trie) return fail_errno("create the map of redirects");
    std::vector<zdr_redirect_key> keys;
    std::vector<zdr_target> targets;
    keys.reserve(redirects.size());
    targets.reserve(redirects.size());
    for (const Redirect& one : redirects) {
        keys.push_back(one.key);
        targets.push_back(one.target);
    }
    if (set_batch(trie.get(), keys.data(), targets.data(), keys.size(), false)) return trie;
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (bpf_map_update_elem(trie.get(), &keys[i], &targets[i], BPF_ANY) != 0)
            return fail_errno("fill the map of redirects");
    return trie;
}

// The bit of a port among those of the 64 that share its word.
__u64 bit_of(std::uint16_t port) {
    return __u64{1} << (port % 64);
}

// Reads an array of ZDR_PORT_WORDS whole.
template <class Value>
Result<std::vector<Value>> read_words(const UniqueFd& map, const char* name) {
    std::vector<Value> out(ZDR_PORT_WORDS);
    std::vector<__u32> words(out.size());
    auto count = static_cast<__u32>(out.size());
    BatchCursor<__u32> cursor;
    const bpf_map_batch_opts options = batch_options();
    const auto read_all = [&] {  // of an array in the order of its keys
        return bpf_map_lookup_batch(map.get(), nullptr, &cursor, words.data(), out.data(), &count, &options) == 0 &&
               count == out.size();
    };
    if (read_all()) return out;
    for (__u32 word = 0; word < out.size(); ++word)
        if (bpf_map_lookup_elem(map.get(), &word, &out[word]) != 0) return fail_errno(std::string("read ") + name);
    return out;
}

template <class Value>
Result<void> write_words(const UniqueFd& map, const char* name, const std::vector<Value>& now,
                         const std::vector<Value>& next) {
    for (__u32 word = 0; word < next.size(); ++word) {
        if (std::memcmp(&now[word], &next[word], sizeof next[word]) == 0) continue;
        const auto write = [&] { return bpf_map_update_elem(map.get(), &word, &next[word], BPF_ANY) == 0; };
        if (!succeeds(write)) return fail_errno(std::string("write ") + name);
    }
    return {};
}

}  // namespace

std::vector<Redirect> redirects_of(std::span<const ServerEntry> servers, std::span<const Address> local) {
    const std::set<Address> of_this_host(local.begin(), local.end());
    std::vector<Redirect> out;
    const auto add = [&](const ServerEntry& entry, const std::optional<Address>& at) {
        const bool blocks_wildcard_bind = !at || at->is_loopback_v4() || of_this_host.contains(*at);
        out.push_back(redirect(entry, at, entry.server.status_port, ZDR_STATUS_PORT));
        out.back().blocks_wildcard_bind = blocks_wildcard_bind;
        if (entry.server.handover_ports) out.push_back(redirect(entry, at, entry.server.app_port, ZDR_TRAFFIC_PORT));
        if (!entry.server.backup_status_port) return;
        out.push_back(redirect(entry, at, *entry.server.backup_status_port, ZDR_BACKUP_STATUS_PORT));
        out.back().blocks_wildcard_bind = blocks_wildcard_bind;
    };
    for (const ServerEntry& entry : servers) {
        if (entry.server.addresses.empty()) add(entry, std::nullopt);
        for (const Address& address : entry.server.addresses) add(entry, address);
    }
    return out;
}

Result<Redirects> Redirects::open(const std::string& pins) {
    auto tries = open_pinned_map(pins, kRedirectsMap, Access::kWrite);
    if (!tries) return tl::unexpected(std::move(tries.error()));
    auto ports = open_pinned_map(pins, kPortsMap, Access::kWrite);
    if (!ports) return tl::unexpected(std::move(ports.error()));
    auto instances = open_pinned_map(pins, kInstancesMap, Access::kWrite);
    if (!instances) return tl::unexpected(std::move(instances.error()));
    return Redirects(std::move(*tries), std::move(*ports), std::move(*instances));
}

Result<void> Redirects::replace(std::span<const Redirect> redirects,
                                const std::function<Result<void>()>& before_swap) const {
    auto trie = build_trie(redirects);
    if (!trie) return tl::unexpected(std::move(trie.error()));
    auto before = read_ports();
    if (!before) return tl::unexpected(std::move(before.error()));
    const PortBits after = port_bits_of(redirects);

    // A bit too many costs a look-up, a bit too few would lose a redirect: new bits first, old ones away last.
    PortBits both = *before;
    for (std::size_t i = 0; i < both.ports.size(); ++i) {
        both.ports[i].connect |= after.ports[i].connect;
        both.ports[i].bind |= after.ports[i].bind;
        both.ports[i].app |= after.ports[i].app;
        both.instances[i] |= after.instances[i];
    }
    if (auto written = write_ports(*before, both); !written) return written;
    auto swapped = before_swap ? before_swap() : Result<void>();
    const __u32 first = 0;
    const __u32 fd = static_cast<__u32>(trie->get());
    const auto swap = [&] { return bpf_map_update_elem(tries_.get(), &first, &fd, BPF_ANY) == 0; };
    if (swapped && !succeeds(swap)) swapped = fail_errno("swap the map of redirects");
    (void)write_ports(both, swapped ? after : *before);  // a bit too many does no harm
    return swapped;
}

Redirects::PortBits Redirects::port_bits_of(std::span<const Redirect> redirects) {
    PortBits out{std::vector<zdr_port_bits>(ZDR_PORT_WORDS), std::vector<__u64>(ZDR_PORT_WORDS)};
    for (const Redirect& one : redirects) {
        const std::uint16_t port = ntohs(one.key.port);
        out.ports[port / 64].connect |= bit_of(port);
        if (one.blocks_wildcard_bind) out.ports[port / 64].bind |= bit_of(port);
        const std::uint16_t app = ntohs(one.target.app_port);
        out.ports[app / 64].app |= bit_of(app);
        for (const PortRange& range : one.listeners)
            for (unsigned each = range.first; each <= range.last; ++each) {
                out.ports[each / 64].app |= bit_of(static_cast<std::uint16_t>(each));
                out.instances[each / 64] |= bit_of(static_cast<std::uint16_t>(each));
            }
    }
    return out;
}

Result<Redirects::PortBits> Redirects::read_ports() const {
    auto ports = read_words<zdr_port_bits>(ports_, ZDR_MAP_PORTS);
    if (!ports) return tl::unexpected(std::move(ports.error()));
    auto instances = read_words<__u64>(instances_, ZDR_MAP_INSTANCES);
    if (!instances) return tl::unexpected(std::move(instances.error()));
    return PortBits{std::move(*ports), std::move(*instances)};
}

Result<void> Redirects::write_ports(const PortBits& now, const PortBits& next) const {
    if (auto written = write_words(instances_, ZDR_MAP_INSTANCES, now.instances, next.instances); !written)
        return written;
    return write_words(ports_, ZDR_MAP_PORTS, now.ports, next.ports);
}

}  // namespace zdr
