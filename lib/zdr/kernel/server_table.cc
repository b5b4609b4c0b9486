#include "zdr/kernel/server_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/check_records.h"
#include "zdr/kernel/flip_record.h"
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
    using Servers = BpfMap<zdr_server_key, zdr_server>;
    using States = BpfMap<__u32, zdr_state>;
    using ChecksMap = BpfMap<__u32, zdr_checks>;
    using OverflowMap = BpfMap<__u32, zdr_overflow_checks>;
    using SettingsMap = BpfMap<zdr_settings_key, zdr_settings>;
    struct Checks {
        ChecksMap records;
        OverflowMap overflow;
    };

    Result<const Checks*> open_checks();
    Result<ServerEntry> entry_of(const zdr_server_key& key, const zdr_server& record);

    std::string pins;
    zdr_meta meta;
    Servers servers;
    States states;
    // Opened when first asked for: most flips need neither.
    std::optional<Checks> checks{};
    std::optional<SettingsMap> settings{};
};

ServerTable::ServerTable(std::unique_ptr<Maps> maps) : maps_(std::move(maps)) {}
ServerTable::ServerTable(ServerTable&&) noexcept = default;
ServerTable& ServerTable::operator=(ServerTable&&) noexcept = default;
ServerTable::~ServerTable() = default;

Result<ServerTable> ServerTable::open(const std::string& pins, Access access, Abi abi) {
    auto meta_map = BpfMap<__u32, zdr_meta>::open(pins, kMetaMap, Access::kRead);
    if (!meta_map) return tl::unexpected(std::move(meta_map.error()));
    auto meta = meta_map->find(0);
    if (!meta) return tl::unexpected(std::move(meta.error()));
    const __u32 version = *meta ? (*meta)->abi : 0;
    if (version != ZDR_ABI_VERSION && !(abi == Abi::kThisOrCarried && version == ZDR_CARRIED_ABI))
        return fail(Errc::kNotLoaded,
                    fmt::format("what is loaded at {} has ABI {}, this program has ABI {}; use programs of one version",
                                pins, version, ZDR_ABI_VERSION));

    auto servers = Maps::Servers::open(pins, kServersMap, Access::kRead);
    if (!servers) return tl::unexpected(std::move(servers.error()));
    auto states = Maps::States::open(pins, kStatesMap, access);
    if (!states) return tl::unexpected(std::move(states.error()));
    return ServerTable(std::make_unique<Maps>(Maps{pins, **meta, std::move(*servers), std::move(*states)}));
}

std::uint32_t ServerTable::abi() const {
    return maps_->meta.abi;
}

std::uint64_t ServerTable::netns_cookie() const {
    return maps_->meta.netns_cookie;
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
    auto record = maps_->states.find(slot);
    if (!record) return tl::unexpected(std::move(record.error()));
    return *record ? from_record(**record) : Flip{};
}

Result<void> ServerTable::flip(std::uint32_t slot, const Flip& flip) const {
    return maps_->states.set(slot, to_record(flip));
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
    auto more = settings->find(settings_key(entry.slot));
    if (!more) return tl::unexpected(std::move(more.error()));
    if (*more) apply_settings(**more, entry.server);
    return entry;
}

Result<Checks> ServerTable::checks(std::uint32_t slot) const {
    const auto maps = maps_->open_checks();
    if (!maps) return tl::unexpected(maps.error());
    auto record = (*maps)->records.find(slot, BPF_F_LOCK);
    if (!record) return tl::unexpected(std::move(record.error()));
    if (!*record) return Checks{};
    if (!is_full(**record)) return from_records(**record, nullptr);
    auto overflow = (*maps)->overflow.find(slot, BPF_F_LOCK);
    if (!overflow) return tl::unexpected(std::move(overflow.error()));
    return from_records(**record, *overflow ? &**overflow : nullptr);
}

}  // namespace zdr
