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

/* The bits of the 64 ports that this port is among; null where the port is out of range, which passes. */
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

static __always_inline int is_app_port(__be16 port)
{
	struct zdr_port_bits *bits = port_bits(port);

	return bits && has_port(bits->app, port);
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

/* The server's record among the states that are in force; null where there is none. */
static __always_inline struct zdr_state *state_of(__u32 slot)
{
	__u32 zero = 0;
	struct zdr_meta *meta = bpf_map_lookup_elem(&zdr_meta, &zero);

	if (meta && meta->side == ZDR_SIDE_B)
		return bpf_map_lookup_elem(&zdr_states_b, &slot);
	return bpf_map_lookup_elem(&zdr_states_a, &slot);
}

/* The verdict on a connection to a target, as of now. */
static __always_inline __u32 decide(const struct zdr_target *target)
{
	struct zdr_state *state = state_of(target->slot);
	struct zdr_state now = {};

	if (state) {
		bpf_spin_lock(&state->lock);
		now.state = state->state;
		now.expires_boot_ns = state->expires_boot_ns;
		bpf_spin_unlock(&state->lock);
	}
	return zdr_decide(target->role, &now, now.expires_boot_ns ? bpf_ktime_get_boot_ns() : 0);
}

/* What a record of checks begins as, of either kind. A plain array: a constant that holds a lock is refused. */
static const volatile char no_checks[sizeof(struct zdr_overflow_checks)];

/* A server's record in a map, created if there is none; null where there is no memory or no room for it. */
static __always_inline void *get_or_create_record(void *map, __u32 slot)
{
	void *record = bpf_map_lookup_elem(map, &slot);

	if (record)
		return record;
	bpf_map_update_elem(map, &slot, (const void *)no_checks, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, &slot);
}

/*
 * Each of these notes and counts a check in one record of the server, and returns what zdr_note_in() did. Global
 * functions, which the verifier looks at once and on their own: inlined, their branches would be followed together with
 * all that comes after.
 */
__weak __noinline int note_in_checks(__u32 slot, const struct zdr_check *check, __u32 verdict, __u64 now,
				     __u64 max_cost)
{
	struct zdr_checks *checks = get_or_create_record(&zdr_checks, slot);
	int noted;

	if (!checks || !check)
		return ZDR_NO_ENTRY;
	bpf_spin_lock(&checks->lock);
	noted = zdr_note_in(checks->checkers, ZDR_CHECKERS, check, verdict, now, max_cost);
	if (noted == ZDR_NOTED)
		zdr_count_check(checks, verdict);
	bpf_spin_unlock(&checks->lock);
	return noted;
}

__weak __noinline int note_in_overflow(__u32 slot, const struct zdr_check *check, __u32 verdict, __u64 now,
				       __u64 max_cost)
{
	struct zdr_overflow_checks *overflow;
	int noted;

	overflow = max_cost == ZDR_COST_OWN ? bpf_map_lookup_elem(&zdr_overflow, &slot)
					    : get_or_create_record(&zdr_overflow, slot);
	if (!overflow || !check)
		return ZDR_NO_ENTRY;
	bpf_spin_lock(&overflow->lock);
	noted = zdr_note_in(overflow->checkers, ZDR_OVERFLOW_CHECKERS, check, verdict, now, max_cost);
	bpf_spin_unlock(&overflow->lock);
	return noted;
}

/* Counts a check that was noted elsewhere, or nowhere. */
static __always_inline void count_check(__u32 slot, __u32 verdict, __u64 now, int noted)
{
	struct zdr_checks *checks = bpf_map_lookup_elem(&zdr_checks, &slot);

	if (!checks || noted == ZDR_SENT_AGAIN)
		return;
	bpf_spin_lock(&checks->lock);
	zdr_count_check(checks, verdict);
	if (noted == ZDR_NO_ENTRY)
		checks->overflowed_boot_s = zdr_second_after(now);
	bpf_spin_unlock(&checks->lock);
}

/*
 * Notes a check that got this verdict. A checker stays where it is; a newcomer gets an entry of zdr_checks that nobody
 * needs, else one of zdr_overflow, where it displaces no checker.
 */
__weak __noinline int note_check(__u32 slot, const struct zdr_check *check, __u32 verdict)
{
	__u64 now = bpf_ktime_get_boot_ns();
	int noted;

	if (note_in_checks(slot, check, verdict, now, ZDR_COST_OWN)) /* nearly every check */
		return 0;
	noted = note_in_overflow(slot, check, verdict, now, ZDR_COST_OWN);
	if (!noted && note_in_checks(slot, check, verdict, now, ZDR_COST_FREE))
		return 0;
	if (!noted)
		noted = note_in_overflow(slot, check, verdict, now, ZDR_COST_ANY);
	if (!noted && note_in_checks(slot, check, verdict, now, ZDR_COST_ANY))
		return 0;
	count_check(slot, verdict, now, noted);
	return 0;
}

/* A checker was refused; check->role is filled in here. */
static __always_inline void note_refusal(const struct zdr_target *target, struct zdr_check *check)
{
	check->role = target->role;
	note_check(target->slot, check, ZDR_REFUSE);
}

#endif
