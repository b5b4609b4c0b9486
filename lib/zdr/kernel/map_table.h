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
    bool has_lock;  // values are read and written whole (BPF_F_LOCK)
};

template <class Value>
inline constexpr bool kHasLock = requires(Value value) {
    value.lock;
};

template <class Key, class Value>
struct PinnedMap : MapSpec {
    constexpr PinnedMap(const char* map_name, mode_t map_mode)
        : MapSpec{map_name, map_mode, sizeof(Key), sizeof(Value), kHasLock<Value>} {}
};

using MapId = __u32;
using SocketFd = int;

// clang-format off
//                         key             value                  name                         rights
inline constexpr PinnedMap<__u32,          zdr_meta>              kMetaMap      {ZDR_MAP_META,        0440};
inline constexpr PinnedMap<__u32,          zdr_port_bits>         kPortsMap     {ZDR_MAP_PORTS,       0400};
inline constexpr PinnedMap<__u32,          MapId>                 kRedirectsMap {ZDR_MAP_REDIRECTS,   0400};
inline constexpr PinnedMap<zdr_server_key, zdr_server>            kServersMap   {ZDR_MAP_SERVERS,     0440};
inline constexpr PinnedMap<zdr_slot_key,   zdr_settings>          kSettingsMap  {ZDR_MAP_SETTINGS,    0440};
inline constexpr PinnedMap<__u32,          zdr_state>             kStatesMapA   {ZDR_MAP_STATES_A,    0660};
inline constexpr PinnedMap<__u32,          zdr_state>             kStatesMapB   {ZDR_MAP_STATES_B,    0660};
inline constexpr PinnedMap<zdr_slot_key,   zdr_flip>              kFlipsMapA    {ZDR_MAP_FLIPS_A,     0660};
inline constexpr PinnedMap<zdr_slot_key,   zdr_flip>              kFlipsMapB    {ZDR_MAP_FLIPS_B,     0660};
inline constexpr PinnedMap<__u32,          zdr_checks>            kChecksMap    {ZDR_MAP_CHECKS,      0440};
inline constexpr PinnedMap<__u32,          zdr_overflow_checks>   kOverflowMap  {ZDR_MAP_OVERFLOW,    0440};
inline constexpr PinnedMap<zdr_flow_key,   zdr_flow>              kFlowsMap     {ZDR_MAP_FLOWS,       0400};
inline constexpr PinnedMap<SocketFd,       zdr_redirected_socket> kSocketsMap   {ZDR_MAP_SOCKETS,     0400};
inline constexpr PinnedMap<__u32,          zdr_local_checks>      kLocalCheckMap{ZDR_MAP_LOCAL_CHECK, 0400};
inline constexpr PinnedMap<zdr_listener_key, __u64>               kListenersMap {ZDR_MAP_LISTENERS,   0440};
inline constexpr PinnedMap<SocketFd,       zdr_listening>         kListeningMap {ZDR_MAP_LISTENING,   0400};
inline constexpr PinnedMap<zdr_slot_key,   zdr_ways>              kWaysMap      {ZDR_MAP_WAYS,        0400};
inline constexpr PinnedMap<__u32,          __u64>                 kInstancesMap {ZDR_MAP_INSTANCES,   0400};
inline constexpr PinnedMap<SocketFd,       zdr_instance>          kInstanceMap  {ZDR_MAP_INSTANCE,    0400};
inline constexpr PinnedMap<zdr_place,      __u64>                 kBeganMap     {ZDR_MAP_BEGAN,       0400};
inline constexpr PinnedMap<__u32,          zdr_activity>          kActivityMap  {ZDR_MAP_ACTIVITY,    0440};
// clang-format on

inline constexpr std::array<MapSpec, 21> kPinnedMaps = {
    kMetaMap,      kPortsMap,     kRedirectsMap, kServersMap,   kSettingsMap, kStatesMapA, kStatesMapB,
    kFlipsMapA,    kFlipsMapB,    kChecksMap,    kOverflowMap,  kFlowsMap,    kSocketsMap, kLocalCheckMap,
    kListenersMap, kListeningMap, kWaysMap,      kInstancesMap, kInstanceMap, kBeganMap,   kActivityMap};

// The maps of one side (zdr_meta.side).
struct SideMaps {
    PinnedMap<__u32, zdr_state> states;
    PinnedMap<zdr_slot_key, zdr_flip> flips;
};
inline constexpr SideMaps kSides[] = {{kStatesMapA, kFlipsMapA}, {kStatesMapB, kFlipsMapB}};
constexpr const SideMaps& side_maps(std::uint32_t side) {
    return kSides[side == ZDR_SIDE_B];
}
constexpr std::uint32_t other_side(std::uint32_t side) {
    return side == ZDR_SIDE_B ? ZDR_SIDE_A : ZDR_SIDE_B;
}

// Not pinned: the trie that kRedirectsMap holds.
inline constexpr PinnedMap<zdr_redirect_key, zdr_target> kRedirectTrie{ZDR_MAP_REDIRECT_TRIE, 0};

}  // namespace zdr
