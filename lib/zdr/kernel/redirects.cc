#include "zdr/kernel/redirects.h"

#include <arpa/inet.h>

#include <cstring>
#include <optional>
#include <set>

#include "zdr/base/retry.h"
#include "zdr/kernel/bpf_map.h"

namespace zdr {
namespace {

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

std::vector<zdr_port_bits> port_bits_of(std::span<const Redirect> redirects) {
    std::vector<zdr_port_bits> out(ZDR_PORT_WORDS);
    for (const Redirect& one : redirects) {
        const unsigned port = ntohs(one.key.port);
        const __u64 bit = __u64{1} << (port % 64);
        out[port / 64].connect |= bit;
        if (one.blocks_wildcard_bind) out[port / 64].bind |= bit;
        const unsigned app = ntohs(one.target.app_port);
        out[app / 64].app |= __u64{1} << (app % 64);
    }
    return out;
}

}  // namespace

std::vector<Redirect> redirects_of(std::span<const ServerEntry> servers, std::span<const Address> local) {
    const std::set<Address> of_this_host(local.begin(), local.end());
    std::vector<Redirect> out;
    const auto add = [&](const ServerEntry& entry, const std::optional<Address>& at) {
        const bool blocks_wildcard_bind = !at || at->is_loopback_v4() || of_this_host.contains(*at);
        out.push_back(redirect(entry, at, entry.server.status_port, ZDR_STATUS_PORT));
        out.back().blocks_wildcard_bind = blocks_wildcard_bind;
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
    return Redirects(std::move(*tries), std::move(*ports));
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
    for (std::size_t i = 0; i < both.size(); ++i) {
        both[i].connect |= after[i].connect;
        both[i].bind |= after[i].bind;
        both[i].app |= after[i].app;
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

Result<Redirects::PortBits> Redirects::read_ports() const {
    PortBits out(ZDR_PORT_WORDS);
    std::vector<__u32> words(out.size());
    auto count = static_cast<__u32>(out.size());
    BatchCursor<__u32> cursor;
    const bpf_map_batch_opts options = batch_options();
    const auto read_all = [&] {  // of an array in the order of its keys
        return bpf_map_lookup_batch(ports_.get(), nullptr, &cursor, words.data(), out.data(), &count, &options) == 0 &&
               count == out.size();
    };
    if (read_all()) return out;
    for (__u32 word = 0; word < out.size(); ++word)
        if (bpf_map_lookup_elem(ports_.get(), &word, &out[word]) != 0) return fail_errno("read " ZDR_MAP_PORTS);
    return out;
}

Result<void> Redirects::write_ports(const PortBits& now, const PortBits& next) const {
    for (__u32 word = 0; word < next.size(); ++word) {
        if (std::memcmp(&now[word], &next[word], sizeof next[word]) == 0) continue;
        const auto write = [&] { return bpf_map_update_elem(ports_.get(), &word, &next[word], BPF_ANY) == 0; };
        if (!succeeds(write)) return fail_errno("write " ZDR_MAP_PORTS);
    }
    return {};
}

}  // namespace zdr
