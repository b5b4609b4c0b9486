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

/* What a record of checks begins as, of either kind. A plain array: a constant that holds a lock is refused. */
static const volatile char no_checks[sizeof(struct zdr_more_checks)];

/* A server's record in a map, made at the first; null where there is no memory or no room for it. */
static __always_inline void *made_record(void *map, __u32 slot)
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
__weak __noinline int note_in_few(__u32 slot, const struct zdr_check *check, __u32 verdict, __u64 now, __u64 bar)
{
	struct zdr_checks *few = made_record(&zdr_checks, slot);
	int noted;

	if (!few || !check)
		return ZDR_NO_PLACE;
	bpf_spin_lock(&few->lock);
	noted = zdr_note_in(few->checkers, ZDR_FEW_CHECKERS, check, verdict, now, bar);
	if (noted == ZDR_NOTED)
		zdr_count_check(few, verdict);
	bpf_spin_unlock(&few->lock);
	return noted;
}

__weak __noinline int note_in_more(__u32 slot, const struct zdr_check *check, __u32 verdict, __u64 now, __u64 bar)
{
	struct zdr_more_checks *more;
	int noted;

	more =
	    bar == ZDR_OWN_PLACE ? bpf_map_lookup_elem(&zdr_more_checks, &slot) : made_record(&zdr_more_checks, slot);
	if (!more || !check)
		return ZDR_NO_PLACE;
	bpf_spin_lock(&more->lock);
	noted = zdr_note_in(more->checkers, ZDR_MORE_CHECKERS, check, verdict, now, bar);
	bpf_spin_unlock(&more->lock);
	return noted;
}

/* Counts a check that was noted elsewhere, or nowhere. */
static __always_inline void count_check(__u32 slot, __u32 verdict, __u64 now, int noted)
{
	struct zdr_checks *few = bpf_map_lookup_elem(&zdr_checks, &slot);

	if (!few || noted == ZDR_SENT_AGAIN)
		return;
	bpf_spin_lock(&few->lock);
	zdr_count_check(few, verdict);
	if (noted == ZDR_NO_PLACE)
		few->crowded_boot_s = zdr_second_after(now);
	bpf_spin_unlock(&few->lock);
}

/*
 * Notes a check that got this verdict. A checker stays where it is; a newcomer gets a place that nobody needs among the
 * few, else one among the more, where it displaces no checker.
 */
__weak __noinline int note_check(__u32 slot, const struct zdr_check *check, __u32 verdict)
{
	__u64 now = bpf_ktime_get_boot_ns();
	int noted;

	if (note_in_few(slot, check, verdict, now, ZDR_OWN_PLACE)) /* nearly every check */
		return 0;
	noted = note_in_more(slot, check, verdict, now, ZDR_OWN_PLACE);
	if (!noted && note_in_few(slot, check, verdict, now, ZDR_FREE_PLACE))
		return 0;
	if (!noted)
		noted = note_in_more(slot, check, verdict, now, ZDR_ANY_PLACE);
	if (!noted && note_in_few(slot, check, verdict, now, ZDR_ANY_PLACE))
		return 0;
	count_check(slot, verdict, now, noted);
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
