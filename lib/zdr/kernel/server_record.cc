#include "zdr/kernel/server_record.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "zdr/model/server_settings.h"

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

std::optional<AppPlace> place_of(const Server& server) {
    const auto& addresses = server.addresses;
    if (addresses.empty()) return AppPlace{std::nullopt, server.app_port};
    if (addresses.size() > 1 || !addresses.front().is_v4()) return std::nullopt;
    return AppPlace{addresses.front(), server.app_port};
}

bool has_room_for_peer(const std::vector<Address>& addresses) {
    std::size_t words = 0;
    for (const Address& address : addresses) words += address_words(address);
    return words < ZDR_PEER_ADDRESS_WORD;
}

void set_peer(ServerEntry& entry, const ServerEntry& peer) {
    entry.peer = peer.slot;
    if (has_room_for_peer(entry.server.addresses)) entry.peer_place = place_of(peer.server);
}

void pack_peer_place(const std::optional<AppPlace>& place, zdr_server& into) {
    if (!place) return;
    into.address_words[ZDR_PEER_ADDRESS_WORD] = place->address ? place->address->words().back() : 0;
    into.address_words[ZDR_PEER_PORT_WORD] = place->port.network();
}

std::optional<AppPlace> unpack_peer_place(const zdr_server& record) {
    const __be32 address = record.address_words[ZDR_PEER_ADDRESS_WORD];
    const __be32 port = record.address_words[ZDR_PEER_PORT_WORD];
    if (port == 0 || port > UINT16_MAX) return std::nullopt;
    AppPlace out{std::nullopt, Port::from_network(static_cast<std::uint16_t>(port))};
    if (address != 0) out.address = Address(Address::Words{0, 0, htonl(0xffff), address});
    return out;
}

}  // namespace

zdr_server_key to_key(std::string_view name) {
    zdr_server_key key{};
    std::memcpy(key.name, name.data(), std::min(name.size(), sizeof key.name - 1));
    return key;
}

void link_peers(std::span<ServerEntry* const> entries) {
    std::unordered_map<std::string_view, std::vector<ServerEntry*>> members;
    for (ServerEntry* entry : entries) {
        entry->peer = entry->slot;
        entry->peer_place.reset();
        for (const std::string& backend : entry->server.backends) members[backend].push_back(entry);
    }
    for (const auto& [backend, all] : members)
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all.size() > 1 && all[i]->server.backends.front() == backend)
                set_peer(*all[i], *all[(i + 1) % all.size()]);
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
    record.start = static_cast<__u8>(server.start) & 3;
    record.published = static_cast<__u8>(server.published) & 3;
    record.is_published = entry.is_published;
    record.inter_ms = static_cast<__u32>(server.inter.count());
    record.has_settings = !extra_settings_text(server).empty();
    const std::string backend = first_backend(server);
    std::memcpy(record.backend, backend.data(), std::min(backend.size(), sizeof record.backend));
    pack(server.addresses, record);
    pack_peer_place(entry.peer_place, record);
    return record;
}

zdr_slot_key slot_key(std::uint32_t slot) {
    return {.prefix_bits = 32, .slot = slot};
}

zdr_settings to_settings_record(const Server& server) {
    zdr_settings record{};
    const std::string text = extra_settings_text(server);
    std::memcpy(record.text, text.data(), std::min(text.size(), sizeof record.text - 1));
    return record;
}

bool has_ways(const Server& server) {
    return server.handover_ports.has_value() || server.drain_port.has_value();
}

zdr_ways to_ways_record(const Server& server) {
    const PortRange instances = server.handover_ports.value_or(PortRange{});
    return {.first_instance = instances.first,
            .last_instance = instances.last,
            .drain_port = server.drain_port ? server.drain_port->network() : std::uint16_t{0},
            .zero = 0};
}

void apply_settings(const zdr_settings& record, Server& into) {
    apply_extra_settings(text_of(record.text, sizeof record.text), into);
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
    server.published =
        record.published > ZDR_PUBLISHED_NO ? Published::kAuto : static_cast<Published>(record.published);
    server.inter = std::chrono::milliseconds(record.inter_ms);
    if (record.backend[0] != 0) server.backends.push_back(text_of(record.backend, sizeof record.backend));
    server.addresses = unpack(record);
    auto place = has_room_for_peer(server.addresses) ? unpack_peer_place(record) : std::nullopt;
    return {std::move(server), record.slot, record.peer, record.is_published != 0, place};
}

}  // namespace zdr
