#include "zdr/kernel/rewriting.h"

#include <algorithm>

#include "zdr/kernel/bpf_map.h"
#include "zdr/kernel/registered_listeners.h"
#include "zdr_abi.h"

namespace zdr {

bool is_published(const Server& server, const PublishedPorts* published, bool was_published) {
    if (server.published != Published::kAuto) return server.published == Published::kYes;
    if (published == nullptr) return was_published;
    if (server.addresses.empty()) return published->has(std::nullopt, server.app_port);
    return std::any_of(server.addresses.begin(), server.addresses.end(),
                       [&](const Address& address) { return published->has(address, server.app_port); });
}

bool any_may_be_rewritten(std::span<const ServerEntry> servers, std::span<const ListeningSocket> listening) {
    return std::any_of(servers.begin(), servers.end(), [&](const ServerEntry& one) {
        const bool may_be_elsewhere = one.server.handover_ports.has_value();  // as a socket of this host
        return one.is_published || (!may_be_elsewhere && !is_listening(one.server, listening));
    });
}

Result<void> write_may_rewrite(const std::string& pins, bool may_rewrite) {
    const auto map = BpfMap<__u32, zdr_meta>::open(pins, kMetaMap, Access::kWrite);
    if (!map) return tl::unexpected(map.error());
    const auto record = map->find(0);
    if (!record) return tl::unexpected(record.error());
    zdr_meta meta = record->value_or(zdr_meta{});
    if ((meta.may_rewrite != 0) == may_rewrite) return {};
    meta.may_rewrite = may_rewrite;
    return map->set(0, meta);
}

}  // namespace zdr
