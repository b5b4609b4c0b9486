#include "zdr/server_table.h"

#include <fmt/core.h>

#include <algorithm>

#include <cstring>

namespace zdr {
namespace {

std::string text_of(const char* field, std::size_t size) {
    return {field, strnlen(field, size)};
}

std::optional<Port> port_of(__be16 network) {
    if (network == 0) return std::nullopt;
    return Port::from_network(network);
}

}  // namespace

zdr_server_key to_key(std::string_view name) {
    zdr_server_key key{};
    std::memcpy(key.name, name.data(), std::min(name.size(), sizeof key.name - 1));
    return key;
}

zdr_server to_record(const Server& server, std::uint32_t slot) {
    zdr_server record{};
    record.slot = slot;
    record.app_port = server.app_port.network();
    record.status_port = server.status_port.network();
    record.backup_status_port = server.backup_status_port ? server.backup_status_port->network() : 0;
    record.fall = server.fall;
    record.rise = server.rise;
    record.start = static_cast<__u8>(server.start);
    record.address_count = static_cast<__u8>(server.addresses.size());
    record.inter_ms = static_cast<__u32>(server.inter.count());
    std::memcpy(record.backend, server.backend.data(), std::min(server.backend.size(), sizeof record.backend - 1));
    for (std::size_t i = 0; i < server.addresses.size() && i < ZDR_MAX_ADDRESSES; ++i)
        std::memcpy(record.addresses[i], server.addresses[i].words().data(), sizeof record.addresses[i]);
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
    for (std::size_t i = 0; i < record.address_count && i < ZDR_MAX_ADDRESSES; ++i) {
        Address::Words words;
        std::memcpy(words.data(), record.addresses[i], sizeof record.addresses[i]);
        server.addresses.emplace_back(words);
    }
    return {std::move(server), record.slot};
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
    auto checks = ChecksMap::open(pins + "/" ZDR_MAP_CHECKS, Access::kRead);
    if (!checks) return tl::unexpected(std::move(checks.error()));
    return ServerTable(**meta, std::move(*servers), std::move(*states), std::move(*checks));
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
    auto records = servers_.entries();
    if (!records) return tl::unexpected(std::move(records.error()));
    std::vector<ServerEntry> out;
    out.reserve(records->size());
    for (const auto& [key, record] : *records) out.push_back(from_record(key, record));
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

Result<Checks> ServerTable::checks(std::uint32_t slot) const {
    auto record = checks_.find(slot, BPF_F_LOCK);
    if (!record) return tl::unexpected(std::move(record.error()));
    return *record ? from_record(**record) : Checks{};
}

}  // namespace zdr
