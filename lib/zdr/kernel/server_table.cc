#include "zdr/kernel/server_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/check_records.h"
#include "zdr/kernel/flip_records.h"
#include "zdr/kernel/server_record.h"
#include "zdr_abi.h"

namespace zdr {
namespace {

template <std::size_t N>
std::string_view text_of(const char (&field)[N]) {
    return {field, strnlen(field, N)};
}

}  // namespace

struct ServerTable::Maps {
    using Meta = BpfMap<__u32, zdr_meta>;
    using Servers = BpfMap<zdr_server_key, zdr_server>;
    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using OverflowMap = BpfMap<__u32, zdr_overflow_checks>;
    using SettingsMap = BpfMap<zdr_slot_key, zdr_settings>;
    struct Checks {
        ChecksMap records;
        OverflowMap overflow;
    };

    Result<const Checks*> open_checks();
    Result<ServerEntry> entry_of(const zdr_server_key& key, const zdr_server& record);

    std::string pins;
    Meta meta_map;
    zdr_meta meta;
    Servers servers;
    std::optional<FlipRecords> flips{};  // none: those of an older ABI
    // Opened when first asked for: most flips need neither.
    std::optional<Checks> checks{};
    std::optional<SettingsMap> settings{};
};

ServerTable::ServerTable(std::unique_ptr<Maps> maps) : maps_(std::move(maps)) {}
ServerTable::ServerTable(ServerTable&&) noexcept = default;
ServerTable& ServerTable::operator=(ServerTable&&) noexcept = default;
ServerTable::~ServerTable() = default;

Result<ServerTable> ServerTable::open(const std::string& pins, Access access, Abi abi) {
    auto meta_map = Maps::Meta::open(pins, kMetaMap, Access::kRead);
    if (!meta_map) return tl::unexpected(std::move(meta_map.error()));
    auto meta = meta_map->find(0);
    if (!meta) return tl::unexpected(std::move(meta.error()));
    const __u32 version = *meta ? (*meta)->abi : 0;
    const bool is_carried = abi == Abi::kThisOrCarried && version >= ZDR_OLDEST_ABI && version < ZDR_ABI_VERSION;
    if (version != ZDR_ABI_VERSION && !is_carried)
        return fail(Errc::kNotLoaded,
                    fmt::format("what is loaded at {} has ABI {}, this program has ABI {}; use programs of one version",
                                pins, version, ZDR_ABI_VERSION));

    auto servers = Maps::Servers::open(pins, kServersMap, Access::kRead);
    if (!servers) return tl::unexpected(std::move(servers.error()));
    auto maps = std::make_unique<Maps>(Maps{pins, std::move(*meta_map), **meta, std::move(*servers)});
    if (is_carried) {
        maps->meta.side = ZDR_SIDE_A;  // there were none, and a load begins with this one
        return ServerTable(std::move(maps));
    }
    auto flips = FlipRecords::open(pins, maps->meta.side, access);
    if (!flips) return tl::unexpected(std::move(flips.error()));
    maps->flips.emplace(std::move(*flips));
    return ServerTable(std::move(maps));
}

std::uint32_t ServerTable::abi() const {
    return maps_->meta.abi;
}

std::uint32_t ServerTable::side() const {
    return maps_->meta.side;
}

bool ServerTable::is_changing() const {
    return maps_->meta.is_changing != 0;
}

std::uint64_t ServerTable::netns_cookie() const {
    return maps_->meta.netns_cookie;
}

std::uint32_t ServerTable::pid_namespace() const {
    return maps_->meta.pid_namespace;
}

std::string ServerTable::cgroup() const {
    return std::string(text_of(maps_->meta.cgroup));
}

std::vector<std::string> ServerTable::haproxy_sockets() const {
    std::vector<std::string> out;
    std::string_view text = text_of(maps_->meta.haproxy);
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return out;
}

Result<std::optional<ServerEntry>> ServerTable::find(std::string_view name) const {
    if (name.size() >= ZDR_NAME_SIZE) return std::nullopt;
    const zdr_server_key key = to_key(name);
    auto record = maps_->servers.find(key);
    if (!record) return tl::unexpected(std::move(record.error()));
    if (!*record) return std::nullopt;
    return maps_->entry_of(key, **record);
}

Result<std::vector<ServerEntry>> ServerTable::list() const {
    std::vector<ServerEntry> out;
    auto listed = maps_->servers.for_each([&](const zdr_server_key& key, const zdr_server& record) -> Result<void> {
        auto entry = maps_->entry_of(key, record);
        if (!entry) return tl::unexpected(std::move(entry.error()));
        out.push_back(std::move(*entry));
        return {};
    });
    if (!listed) return tl::unexpected(std::move(listed.error()));
    std::sort(out.begin(), out.end(),
              [](const ServerEntry& a, const ServerEntry& b) { return a.server.name < b.server.name; });
    return out;
}

Result<Flip> ServerTable::flip_of(std::uint32_t slot) const {
    return maps_->flips->find(slot);
}

Result<std::optional<Error>> ServerTable::flip(std::uint32_t slot, const Flip& flip) const {
    auto written = maps_->flips->write(slot, flip);
    if (!written) return written;
    auto meta = maps_->meta_map.find(0);
    if (!meta) return tl::unexpected(std::move(meta.error()));
    if (*meta && (*meta)->side == maps_->meta.side) return written;
    return fail(Errc::kFailed, "zdr-loader load took the states over meanwhile; try again");
}

Result<const ServerTable::Maps::Checks*> ServerTable::Maps::open_checks() {
    if (checks) return &*checks;
    auto records = ChecksMap::open(pins, kChecksMap, Access::kRead);
    if (!records) return tl::unexpected(std::move(records.error()));
    auto overflow = OverflowMap::open(pins, kOverflowMap, Access::kRead);
    if (!overflow) return tl::unexpected(std::move(overflow.error()));
    return &checks.emplace(Checks{std::move(*records), std::move(*overflow)});
}

Result<ServerEntry> ServerTable::Maps::entry_of(const zdr_server_key& key, const zdr_server& record) {
    ServerEntry entry = from_record(key, record);
    if (!record.has_settings) return entry;
    if (!settings) {
        auto opened = SettingsMap::open(pins, kSettingsMap, Access::kRead);
        if (!opened) return tl::unexpected(std::move(opened.error()));
        settings.emplace(std::move(*opened));
    }
    auto more = settings->find(slot_key(entry.slot));
    if (!more) return tl::unexpected(std::move(more.error()));
    if (*more) apply_settings(**more, entry.server);
    return entry;
}

Result<Checks> ServerTable::checks(std::uint32_t slot) const {
    const auto maps = maps_->open_checks();
    if (!maps) return tl::unexpected(maps.error());
    auto record = (*maps)->records.find(slot);
    if (!record) return tl::unexpected(std::move(record.error()));
    if (!*record) return Checks{};
    if (!is_full(**record)) return from_records(**record, nullptr);
    auto overflow = (*maps)->overflow.find(slot);
    if (!overflow) return tl::unexpected(std::move(overflow.error()));
    return from_records(**record, *overflow ? &**overflow : nullptr);
}

}  // namespace zdr
