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

/* Whether some server has this port, and it is led elsewhere: what every other connection pays for. */
static __always_inline int is_redirected_port(__be16 port)
{
	struct zdr_port_bits *bits = port_bits(port);

	return bits && has_port(bits->connect, port);
}

static __always_inline int is_app_port(__be16 port)
{
	struct zdr_port_bits *bits = port_bits(port);

	return bits && has_port(bits->app, port);
}

static __always_inline int is_instance_port(__be16 port)
{
	__u32 word = bpf_ntohs(port) / 64;
	__u64 *bits = bpf_map_lookup_elem(&zdr_instances, &word);

	return bits && has_port(*bits, port);
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
		return bpf_map_lookup_elem(&zdr_state_b, &slot);
	return bpf_map_lookup_elem(&zdr_state_a, &slot);
}

/* Where else the server's ports may lead; null for nearly every server. */
static __always_inline struct zdr_ways *ways_of(const struct zdr_target *target)
{
	struct zdr_slot_key key = {.prefix_bits = 32, .slot = target->slot};

	return target->flags & ZDR_HAS_WAYS ? bpf_map_lookup_elem(&zdr_ways, &key) : NULL;
}

/* When the flip of that number was made; the end of time where that is not known. */
static __always_inline __u64 flipped_at(__u32 slot, __u16 number)
{
	struct zdr_slot_key key = {.prefix_bits = 32, .slot = slot};
	struct zdr_flip *flip;
	__u32 zero = 0;
	struct zdr_meta *meta = bpf_map_lookup_elem(&zdr_meta, &zero);

	if (meta && meta->side == ZDR_SIDE_B)
		flip = bpf_map_lookup_elem(&zdr_flips_b, &key);
	else
		flip = bpf_map_lookup_elem(&zdr_flips_a, &key);
	return flip && flip->flip == number ? flip->since_boot_ns : ~0ull;
}

static __always_inline int began_at(const struct zdr_place *place, __u64 since)
{
	__u64 *began = bpf_map_lookup_elem(&zdr_began, place);

	return began && *began > since;
}

/* Whether a socket that would take a connection to this address and port has begun to listen since. */
static __always_inline int has_begun(const __be32 address[4], __be16 port, __u64 since)
{
	struct zdr_place place = {.port = port};

	copy_address(place.address, address);
	if (began_at(&place, since))
		return 1;
	if (!address[0] && !address[1] && address[2] == bpf_htonl(0xffff)) {
		place.address[3] = 0;
		if (began_at(&place, since))
			return 1;
	}
	map_v4(place.address, 0);
	place.address[2] = 0;
	return began_at(&place, since);
}

/*
 * Ends a state that lasts until somebody listens, if that is so. A global function, which the verifier looks at once.
 * Returns 1 where it has ended.
 */
__weak __noinline int end_if_listening(const struct zdr_target *target, __u16 flip, __u16 active_port,
				       const struct zdr_place *asked)
{
	struct zdr_state *state;
	__be16 port;

	if (!target || !asked)
		return 0;
	port = active_port ? bpf_htons(active_port) : target->app_port;
	if (!has_begun(asked->address, port, flipped_at(target->slot, flip)))
		return 0;
	state = state_of(target->slot);
	if (!state)
		return 0;
	bpf_spin_lock(&state->lock);
	if (state->flip == flip) {
		state->state = ZDR_READY;
		state->flags = 0;
		state->expires_boot_ms = 0;
	}
	bpf_spin_unlock(&state->lock);
	return 1;
}

/* What happens to a connection to a target, as of now; the address that was asked for, or null where it is not known.
 */
static __always_inline struct zdr_decision decide(const struct zdr_target *target, const __be32 *address)
{
	struct zdr_state *state = state_of(target->slot);
	struct zdr_state now = {};

	if (state) {
		bpf_spin_lock(&state->lock);
		now.state = state->state;
		now.flags = state->flags;
		now.flip = state->flip;
		now.expires_boot_ms = state->expires_boot_ms;
		now.active_port = state->active_port;
		bpf_spin_unlock(&state->lock);
	}
	if (address && now.flags & ZDR_UNTIL_LISTENING) {
		struct zdr_target copy = *target;
		struct zdr_place asked = {};

		copy_address(asked.address, address);
		if (end_if_listening(&copy, now.flip, now.active_port, &asked))
			now.state = ZDR_READY;
	}
	return zdr_decide(target, ways_of(target), &now, now.expires_boot_ms ? bpf_ktime_get_boot_ns() : 0);
}

/* What a check got that was led to a port. */
static __always_inline __u32 verdict_of(const struct zdr_target *target)
{
	return target->flags & ZDR_DRAINED ? ZDR_SOFTEN : ZDR_REDIRECT;
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
