#include "zdr/kernel/server_table.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include <cstring>
#include <unordered_map>

namespace zdr {
namespace {

std::string text_of(const char* field, std::size_t size) {
    return {field, strnlen(field, size)};
}

std::optional<Port> port_of(__be16 network) {
    if (network == 0) return std::nullopt;
    return Port::from_network(network);
}

constexpr std::size_t kV6Words = 4;

// Those that do not fit are left out: check_addresses() tells before.
void pack(const std::vector<Address>& addresses, zdr_server& into) {
    std::size_t word = 0;
    for (const Address& address : addresses) {
        if (word + address_words(address) > ZDR_ADDRESS_WORDS) return;
        const Address::Words& words = address.words();
        if (address.is_v4()) {
            into.address_words[word++] = words.back();
            continue;
        }
        into.v6_begins = static_cast<__u16>(into.v6_begins | 1U << word);
        std::copy(words.begin(), words.end(), into.address_words + word);
        word += kV6Words;
    }
}

std::vector<Address> unpack(const zdr_server& record) {
    std::vector<Address> out;
    for (std::size_t word = 0; word < ZDR_ADDRESS_WORDS;) {
        const __be32* begin = record.address_words + word;
        if ((record.v6_begins >> word & 1) == 0) {
            if (*begin == 0) break;
            out.emplace_back(Address::Words{0, 0, htonl(0xffff), *begin});
            ++word;
            continue;
        }
        if (word + kV6Words > ZDR_ADDRESS_WORDS) break;
        Address::Words words;
        std::copy(begin, begin + kV6Words, words.begin());
        out.emplace_back(words);
        word += kV6Words;
    }
    return out;
}

}  // namespace

zdr_server_key to_key(std::string_view name) {
    zdr_server_key key{};
    std::memcpy(key.name, name.data(), std::min(name.size(), sizeof key.name - 1));
    return key;
}

void link_peers(std::span<ServerEntry* const> entries) {
    struct Ring {
        ServerEntry* first;
        ServerEntry* last;
    };
    std::unordered_map<std::string_view, Ring> rings;
    for (ServerEntry* entry : entries) {
        entry->peer = entry->slot;
        if (entry->server.backend.empty()) continue;
        const auto [ring, is_new] = rings.try_emplace(entry->server.backend, Ring{entry, entry});
        if (is_new) continue;
        ring->second.last->peer = entry->slot;
        entry->peer = ring->second.first->slot;
        ring->second.last = entry;
    }
}

zdr_server to_record(const ServerEntry& entry) {
    const Server& server = entry.server;
    zdr_server record{};
    record.slot = static_cast<__u16>(entry.slot);
    record.peer = static_cast<__u16>(entry.peer);
    record.app_port = server.app_port.network();
    record.status_port = server.status_port.network();
    record.backup_status_port = server.backup_status_port ? server.backup_status_port->network() : 0;
    record.fall = server.fall;
    record.rise = server.rise;
    record.start = static_cast<__u8>(server.start);
    record.inter_ms = static_cast<__u32>(server.inter.count());
    std::memcpy(record.backend, server.backend.data(), std::min(server.backend.size(), sizeof record.backend));
    pack(server.addresses, record);
    return record;
}

ServerEntry from_record(const zdr_server_key& key, const zdr_server& record) {
    Server server;
    server.name = text_of(key.name, sizeof key.name);
    server.app_port = Port::from_network(record.app_port);
    server.status_port = Port::from_network(record.status_port);
    server.backup_status_port = port_of(record.backup_status_port);
    server.fall = record.fall;
    server.rise = record.rise;
    server.start = static_cast<Start>(record.start);
    server.inter = std::chrono::milliseconds(record.inter_ms);
    server.backend = text_of(record.backend, sizeof record.backend);
    server.addresses = unpack(record);
    return {std::move(server), record.slot, record.peer};
}

Result<ServerTable> ServerTable::open(const std::string& pins, Access access) {
    auto meta_map = BpfMap<__u32, zdr_meta>::open(pins + "/" ZDR_MAP_META, Access::kRead);
    if (!meta_map) return tl::unexpected(std::move(meta_map.error()));
    auto meta = meta_map->find(0);
    if (!meta) return tl::unexpected(std::move(meta.error()));
    if (!*meta || (*meta)->abi != ZDR_ABI_VERSION)
        return fail(Errc::kNotLoaded,
                    fmt::format("what is loaded at {} has ABI {}, this program has ABI {}; use programs of one version",
                                pins, *meta ? (*meta)->abi : 0, ZDR_ABI_VERSION));

    auto servers = Servers::open(pins + "/" ZDR_MAP_SERVERS, Access::kRead);
    if (!servers) return tl::unexpected(std::move(servers.error()));
    auto states = States::open(pins + "/" ZDR_MAP_STATES, access);
    if (!states) return tl::unexpected(std::move(states.error()));
    return ServerTable(pins, **meta, std::move(*servers), std::move(*states));
}

Result<std::optional<ServerEntry>> ServerTable::find(std::string_view name) const {
    if (name.size() >= ZDR_NAME_SIZE) return std::nullopt;
    const zdr_server_key key = to_key(name);
    auto record = servers_.find(key);
    if (!record) return tl::unexpected(std::move(record.error()));
    if (!*record) return std::nullopt;
    return from_record(key, **record);
}

Result<std::vector<ServerEntry>> ServerTable::list() const {
    std::vector<ServerEntry> out;
    auto listed = servers_.for_each([&](const zdr_server_key& key, const zdr_server& record) -> Result<void> {
        out.push_back(from_record(key, record));
        return {};
    });
    if (!listed) return tl::unexpected(std::move(listed.error()));
    std::sort(out.begin(), out.end(),
              [](const ServerEntry& a, const ServerEntry& b) { return a.server.name < b.server.name; });
    return out;
}

Result<Flip> ServerTable::flip_of(std::uint32_t slot) const {
    auto record = states_.find(slot);
    if (!record) return tl::unexpected(std::move(record.error()));
    return *record ? from_record(**record) : Flip{};
}

Result<void> ServerTable::flip(std::uint32_t slot, const Flip& flip) const {
    return states_.set(slot, to_record(flip));
}

Result<const ServerTable::CheckMaps*> ServerTable::check_maps() const {
    if (check_maps_) return &*check_maps_;
    auto few = ChecksMap::open(pins_ + "/" ZDR_MAP_CHECKS, Access::kRead);
    if (!few) return tl::unexpected(std::move(few.error()));
    auto more = MoreChecksMap::open(pins_ + "/" ZDR_MAP_MORE_CHECKS, Access::kRead);
    if (!more) return tl::unexpected(std::move(more.error()));
    return &check_maps_.emplace(CheckMaps{std::move(*few), std::move(*more)});
}

Result<Checks> ServerTable::checks(std::uint32_t slot) const {
    const auto maps = check_maps();
    if (!maps) return tl::unexpected(maps.error());
    auto few = (*maps)->few.find(slot, BPF_F_LOCK);
    if (!few) return tl::unexpected(std::move(few.error()));
    if (!*few) return Checks{};
    if (!is_full(**few)) return from_records(**few, nullptr);
    auto more = (*maps)->more.find(slot, BPF_F_LOCK);
    if (!more) return tl::unexpected(std::move(more.error()));
    return from_records(**few, *more ? &**more : nullptr);
}

}  // namespace zdr
