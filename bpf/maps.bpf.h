/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The maps of all programs, defined once; weak, so that the linked objects share them. Records and names are in
 * zdr_abi.h; what grows is allocated when it is used.
 */
#ifndef ZDR_MAPS_BPF_H
#define ZDR_MAPS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "zdr_abi.h"

/* The network namespace that is served; set by the loader. */
const volatile __u64 zdr_netns_cookie SEC(".rodata") __weak;

/* The inode of the PID namespace in which zdr was loaded; 0: the first. Set by the loader. */
const volatile __u32 zdr_pid_namespace SEC(".rodata") __weak;

/* Whether the kernel has bpf_cast_to_kern_ctx(), by which a program at tc sees where it is; set by the loader. */
const volatile __u8 zdr_sees_netns SEC(".rodata") __weak;

/*
 * Names of processes that listen on a port only to hold it for a container, or to forward it there, padded with NULs;
 * set by the loader. One that has no name is the end.
 */
#define PORT_HOLDERS 32
const volatile __u64 zdr_port_holders[PORT_HOLDERS][2] SEC(".rodata") __weak;

/* The first and the last port that the kernel gives to whoever asks for none in particular; set by the loader. */
const volatile __u16 zdr_ephemeral[2] SEC(".rodata") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct zdr_meta);
} zdr_meta SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ZDR_PORT_WORDS);
	__type(key, __u32);
	__type(value, struct zdr_port_bits);
} zdr_ports SEC(".maps") __weak;

struct zdr_redirect_trie {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, ZDR_MAX_REDIRECTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(key_size, sizeof(struct zdr_redirect_key)); /* clang 14 leaves the types of an inner map out of BTF */
	__uint(value_size, sizeof(struct zdr_target));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct zdr_redirect_trie);
} zdr_redirects SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ZDR_MAX_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct zdr_server_key);
	__type(value, struct zdr_server);
} zdr_servers SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, ZDR_MAX_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct zdr_slot_key);
	__type(value, struct zdr_settings);
} zdr_settings SEC(".maps") __weak;

struct states {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ZDR_MAX_SERVERS);
	__type(key, __u32);
	__type(value, struct zdr_state);
};
struct states zdr_state_a SEC(".maps") __weak;
struct states zdr_state_b SEC(".maps") __weak;

struct flips {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, ZDR_MAX_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct zdr_slot_key);
	__type(value, struct zdr_flip);
};
struct flips zdr_flips_a SEC(".maps") __weak;
struct flips zdr_flips_b SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ZDR_MAX_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct zdr_checks);
} zdr_checks SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ZDR_MAX_OVERFLOW);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct zdr_overflow_checks);
} zdr_overflow SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct zdr_redirected_socket);
} zdr_sockets SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, ZDR_MAX_LISTENERS);
	__uint(key_size, sizeof(struct zdr_listener_key));
	__uint(value_size, sizeof(__u64));
} zdr_listeners SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct zdr_listening);
} zdr_listening SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, ZDR_MAX_SERVERS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct zdr_slot_key);
	__type(value, struct zdr_ways);
} zdr_ways SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ZDR_PORT_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} zdr_instances SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct zdr_instance);
} zdr_instance SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ZDR_MAX_BEGAN);
	__type(key, struct zdr_place);
	__type(value, __u64);
} zdr_began SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct zdr_activity);
} zdr_activity SEC(".maps") __weak;

/*
 * The connection that was last given to a listener on this CPU. The same packet makes its request in the same run,
 * where a hook says so, but not of which family it is.
 */
struct looked_up {
	struct zdr_target target; /* its flags with those of the connection */
	__u32 from[4];
	__be16 remote_port;
	__be16 local_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct looked_up);
} zdr_looked_up SEC(".maps") __weak;

static __always_inline struct looked_up *looked_up(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&zdr_looked_up, &zero);
}

static __always_inline struct zdr_activity *activity(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&zdr_activity, &zero);
}

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ZDR_MAX_FLOWS);
	__type(key, struct zdr_flow_key);
	__type(value, struct zdr_flow);
} zdr_flows SEC(".maps") __weak;

/*
 * The latest check of this host's checkers from each port: the sequence number of its first byte, which tells it from
 * whatever else has that port. The app's end may outlive the checker's socket, and its record in zdr_sockets.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ZDR_LOCAL_CHECKS / 2);
	__type(key, __u32);
	__type(value, struct zdr_local_checks);
} zdr_local_check SEC(".maps") __weak;

/* Addresses are four words everywhere, IPv4 as ::ffff:a.b.c.d. */
static __always_inline void map_v4(__be32 address[4], __be32 v4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = bpf_htonl(0xffff);
	address[3] = v4;
}

static __always_inline void copy_address(__be32 address[4], const __be32 from[4])
{
	address[0] = from[0];
	address[1] = from[1];
	address[2] = from[2];
	address[3] = from[3];
}

/* The entry of a checker's port. */
static __always_inline __u32 *local_check(__be16 port)
{
	__u32 number = bpf_ntohs(port) % ZDR_LOCAL_CHECKS;
	__u32 index = number / 2;
	struct zdr_local_checks *two = bpf_map_lookup_elem(&zdr_local_check, &index);

	return two ? &two->first_sequence[number % 2] : NULL;
}

#endif
