/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * From a destination to a verdict, for every hook: the cheap look at the port first, then the redirect, then the one
 * decision and its count.
 */
#ifndef ZDR_REDIRECT_BPF_H
#define ZDR_REDIRECT_BPF_H

#include <bpf/bpf_endian.h>

#include "maps.bpf.h"
#include "zdr_checkers.h"
#include "zdr_decide.h"

/* The bits of a port's word and the place of the port in it; null where the port is out of range, which passes. */
static __always_inline struct zdr_port_bits *port_bits(__be16 port)
{
	__u32 word = bpf_ntohs(port) / 64;

	return bpf_map_lookup_elem(&zdr_ports, &word);
}

static __always_inline int has_port(__u64 bits, __be16 port)
{
	return (bits >> (bpf_ntohs(port) % 64)) & 1;
}

/* Whether some server has this status port: what every other connection pays for. */
static __always_inline int is_status_port(__be16 port)
{
	struct zdr_port_bits *bits = port_bits(port);

	return bits && has_port(bits->connect, port);
}

/* The redirect of this address (IPv4 as ::ffff:a.b.c.d) and port; null where there is none. */
static __always_inline struct zdr_target *find_target(const __be32 address[4], __be16 port)
{
	struct zdr_redirect_key key = {
	    .prefix_bits = ZDR_PREFIX_ADDRESS,
	    .port = port,
	    .address = {address[0], address[1], address[2], address[3]},
	};
	__u32 zero = 0;
	void *trie = bpf_map_lookup_elem(&zdr_redirects, &zero);

	return trie ? bpf_map_lookup_elem(trie, &key) : NULL;
}

/* The verdict on a connection to a target, as of now. */
static __always_inline __u32 decide(const struct zdr_target *target)
{
	__u32 slot = target->slot;
	struct zdr_state *state = bpf_map_lookup_elem(&zdr_states, &slot);

	return zdr_decide(target->role, state, state ? bpf_ktime_get_boot_ns() : 0);
}

/* What a record begins as. A plain array: a constant that holds a lock is refused. */
static const volatile char no_checks[sizeof(struct zdr_checks)];

/* The record of a server's checks, made at the first; null where there is no memory for it, and nothing is counted. */
static __always_inline struct zdr_checks *checks_of(__u32 slot)
{
	struct zdr_checks *checks = bpf_map_lookup_elem(&zdr_checks, &slot);

	if (checks)
		return checks;
	bpf_map_update_elem(&zdr_checks, &slot, (const void *)no_checks, BPF_NOEXIST);
	return bpf_map_lookup_elem(&zdr_checks, &slot);
}

/*
 * Notes a check that got this verdict. A global function, which the verifier looks at once and on its own: inlined, its
 * branches would be followed together with all that comes after.
 */
__weak __noinline int note_check(__u32 slot, const struct zdr_check *check, __u32 verdict)
{
	struct zdr_checks *checks = checks_of(slot);
	__u64 now = bpf_ktime_get_boot_ns();

	if (!checks || !check)
		return 0;
	bpf_spin_lock(&checks->lock);
	zdr_note_check(checks, check, verdict, now);
	bpf_spin_unlock(&checks->lock);
	return 0;
}

/* The verdict on a new connection, noted with who makes it; check->role is filled in here. */
static __always_inline __u32 decide_and_note(const struct zdr_target *target, struct zdr_check *check)
{
	__u32 verdict = decide(target);

	check->role = target->role;
	note_check(target->slot, check, verdict);
	return verdict;
}

#endif
