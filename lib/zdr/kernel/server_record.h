// A server as the kernel's map keeps it, and back; its settings; and its peer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "zdr/kernel/server_table.h"
#include "zdr_abi.h"

namespace zdr {

// Gives each its peer, the next server of its backend (of several, of the first): a flip knows at one look whether
// there are others, and mostly that one of them stays ready, without a look at all servers.
void link_peers(std::span<ServerEntry* const> entries);

zdr_server_key to_key(std::string_view name);
zdr_server to_record(const ServerEntry& entry);
// Without what the settings' record says.
ServerEntry from_record(const zdr_server_key& key, const zdr_server& record);

zdr_slot_key slot_key(std::uint32_t slot);
zdr_settings to_settings_record(const Server& server);
// Whether its ports may lead elsewhere than to its app port.
bool has_ways(const Server& server);
zdr_ways to_ways_record(const Server& server);
void apply_settings(const zdr_settings& record, Server& into);

}  // namespace zdr
