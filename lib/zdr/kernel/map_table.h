// Every map that is pinned: its name, which is also its pin's, its rights, and what its keys and values are. The loader
// pins by this table and holds what it takes over against it, zdrctl opens maps by it, and tests make theirs by it.
// What the records mean is in zdr_abi.h; the types of the maps and how many entries they have are in bpf/maps.bpf.h.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

#include "zdr_abi.h"

namespace zdr {

struct MapSpec {
    const char* name;
    mode_t mode;  // of the pin, which is root's and the group's: the group flips, root alone redirects
    std::uint32_t key_size;
    std::uint32_t value_size;
};

template <class Key, class Value>
struct PinnedMap : MapSpec {
    constexpr PinnedMap(const char* map_name, mode_t map_mode)
        : MapSpec{map_name, map_mode, sizeof(Key), sizeof(Value)} {}
};

using MapId = __u32;
using SocketFd = int;

// clang-format off
//                         key             value                  name                         rights
inline constexpr PinnedMap<__u32,          zdr_meta>              kMetaMap      {ZDR_MAP_META,        0440};
inline constexpr PinnedMap<__u32,          zdr_port_bits>         kPortsMap     {ZDR_MAP_PORTS,       0400};
inline constexpr PinnedMap<__u32,          MapId>                 kRedirectsMap {ZDR_MAP_REDIRECTS,   0400};
inline constexpr PinnedMap<zdr_server_key, zdr_server>            kServersMap   {ZDR_MAP_SERVERS,     0440};
inline constexpr PinnedMap<zdr_settings_key, zdr_settings>        kSettingsMap  {ZDR_MAP_SETTINGS,    0440};
inline constexpr PinnedMap<__u32,          zdr_state>             kStatesMap    {ZDR_MAP_STATES,      0660};
inline constexpr PinnedMap<__u32,          zdr_checks>            kChecksMap    {ZDR_MAP_CHECKS,      0440};
inline constexpr PinnedMap<__u32,          zdr_overflow_checks>   kOverflowMap  {ZDR_MAP_OVERFLOW,    0440};
inline constexpr PinnedMap<zdr_flow_key,   zdr_flow>              kFlowsMap     {ZDR_MAP_FLOWS,       0400};
inline constexpr PinnedMap<SocketFd,       zdr_redirected_socket> kSocketsMap   {ZDR_MAP_SOCKETS,     0400};
inline constexpr PinnedMap<__u32,          __u32>                 kLocalCheckMap{ZDR_MAP_LOCAL_CHECK, 0400};
inline constexpr PinnedMap<zdr_listener_key, __u64>               kListenersMap {ZDR_MAP_LISTENERS,   0440};
inline constexpr PinnedMap<SocketFd,       zdr_listening>         kListeningMap {ZDR_MAP_LISTENING,   0400};
inline constexpr PinnedMap<__u32,          zdr_activity>          kActivityMap  {ZDR_MAP_ACTIVITY,    0440};
// clang-format on

inline constexpr std::array<MapSpec, 14> kPinnedMaps = {
    kMetaMap,     kPortsMap, kRedirectsMap, kServersMap,    kSettingsMap,  kStatesMap,    kChecksMap,
    kOverflowMap, kFlowsMap, kSocketsMap,   kLocalCheckMap, kListenersMap, kListeningMap, kActivityMap};

// Not pinned: the trie that kRedirectsMap holds.
inline constexpr PinnedMap<zdr_redirect_key, zdr_target> kRedirectTrie{ZDR_MAP_REDIRECT_TRIE, 0};

}  // namespace zdr
