/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What is remembered of a check: who asks which status port, how often, and how many times in a row the answer was the
 * same. Pure, without helpers or maps, as zdr_decide.h; the unit tests call the very code that runs in the kernel.
 */
#ifndef ZDR_CHECKERS_H
#define ZDR_CHECKERS_H

#include "zdr_abi.h"
#include "zdr_decide.h"

#define ZDR_NS_PER_MS 1000000ull
#define ZDR_SILENT_INTERVALS 3 /* a checker that was silent for longer is gone, or begins anew */
/* The time between two asks that are no habit: what comes so seldom checks nothing. */
#define ZDR_LONGEST_INTERVAL_MS 600000u

/* One connection to a status port. */
struct zdr_check {
	__u32 from[4]; /* as zdr_checker.from */
	__u32 packet;  /* as zdr_checker.last_packet */
	__u8 role;
	__u8 hook;
};

static inline __attribute__((always_inline)) int zdr_is_from(const struct zdr_checker *checker,
							     const struct zdr_check *check)
{
	__u32 differs = (checker->from[0] ^ check->from[0]) | (checker->from[1] ^ check->from[1]) |
			(checker->from[2] ^ check->from[2]) | (checker->from[3] ^ check->from[3]) |
			(checker->role ^ check->role) | (checker->hook ^ check->hook);

	return checker->asks && !differs;
}

/* Whether the checker fell silent; one that asked once has no interval to tell by. */
static inline __attribute__((always_inline)) int zdr_is_silent(const struct zdr_checker *checker, __u64 now_boot_ns)
{
	__u64 interval_ms =
	    checker->interval_ms ? checker->interval_ms : ZDR_LONGEST_INTERVAL_MS / ZDR_SILENT_INTERVALS;

	return now_boot_ns > checker->last_boot_ns + ZDR_SILENT_INTERVALS * interval_ms * ZDR_NS_PER_MS;
}

/* 1 where the number is negative, 0 elsewhere; opaque, so that no compiler makes a branch of it. */
static inline __attribute__((always_inline)) __u64 zdr_is_negative(__u64 number)
{
	__asm__ volatile("" : "+r"(number));
	return number >> 63;
}

/*
 * How readily a place is given to who makes a check, the lower the sooner: its own is 0; then an empty one, then that
 * of who asked longest ago among those who fell silent or asked only once. ZDR_NO_PLACE and more: not at all.
 * Without a branch: verifiers before Linux 6.7 would follow each of them for every place.
 */
#define ZDR_NO_PLACE (1ull << 54)
static inline __attribute__((always_inline)) __u64 zdr_reluctance(const struct zdr_checker *checker,
								  const struct zdr_check *check, __u64 now_boot_ns)
{
	__u64 differs = (checker->from[0] ^ check->from[0]) | (checker->from[1] ^ check->from[1]) |
			(checker->from[2] ^ check->from[2]) | (checker->from[3] ^ check->from[3]) |
			(__u32)(checker->role ^ check->role) | (__u32)(checker->hook ^ check->hook);
	__u64 is_empty = zdr_is_negative((__u64)checker->asks - 1);
	__u64 is_other = zdr_is_negative(0 - differs) | is_empty;
	__u64 is_habit = 1 - zdr_is_negative((__u64)checker->asks - 2);
	__u64 limit_ns = (__u64)ZDR_SILENT_INTERVALS * checker->interval_ms * ZDR_NS_PER_MS;
	__u64 is_live = 1 - zdr_is_negative(checker->last_boot_ns + limit_ns - now_boot_ns);

	return is_other * (1 + (checker->last_boot_ns >> 10) + (is_habit & is_live) * ZDR_NO_PLACE);
}

/* The place of who makes a check. ZDR_MAX_CHECKERS where there is none: a flood of strangers displaces no checker. */
static inline __attribute__((always_inline)) __u32 zdr_place_of(const struct zdr_checks *checks,
								const struct zdr_check *check, __u64 now_boot_ns)
{
	__u64 best = ZDR_NO_PLACE * ZDR_MAX_CHECKERS + ZDR_MAX_CHECKERS; /* reluctance and place in one number */
	__u32 i;

	for (i = 0; i < ZDR_MAX_CHECKERS; i++) {
		__u64 mine = zdr_reluctance(&checks->checkers[i], check, now_boot_ns) * ZDR_MAX_CHECKERS + i;

		best -= (best - mine) * zdr_is_negative(mine - best);
	}
	return best < ZDR_NO_PLACE * ZDR_MAX_CHECKERS ? best % ZDR_MAX_CHECKERS : ZDR_MAX_CHECKERS;
}

/* Longer at once, shorter little by little: several processes of one name ask at uneven intervals. */
static inline __attribute__((always_inline)) __u32 zdr_next_interval(__u32 interval_ms, __u64 passed_ns)
{
	__u64 passed_ms = passed_ns / ZDR_NS_PER_MS;

	if (!passed_ms)
		passed_ms = 1;
	if (passed_ms >= interval_ms)
		return (__u32)passed_ms;
	return interval_ms - (interval_ms - (__u32)passed_ms) / 4;
}

static inline __attribute__((always_inline)) void zdr_count_check(struct zdr_checks *checks, __u32 verdict)
{
	if (verdict == ZDR_REFUSE)
		checks->refused++;
	else
		checks->redirected++;
}

/*
 * Counts a check that got this verdict. A packet that was sent again is no new check. Not atomic: the caller holds
 * checks->lock.
 */
static inline __attribute__((always_inline)) void
zdr_note_check(struct zdr_checks *checks, const struct zdr_check *check, __u32 verdict, __u64 now_boot_ns)
{
	struct zdr_checker *checker;
	__u32 place;
	int is_known;

	/* By way of the record, so that the verifier knows nothing of it and follows what comes after only once. */
	*(volatile __u32 *)&checks->place = zdr_place_of(checks, check, now_boot_ns);
	place = *(volatile __u32 *)&checks->place;
	if (place >= ZDR_MAX_CHECKERS) {
		zdr_count_check(checks, verdict);
		checks->crowded_boot_ns = now_boot_ns;
		return;
	}
	__asm__ volatile(""
			 : "+r"(place)); /* else the compiler knows better than to mask it, and the verifier does not */
	checker = &checks->checkers[place % ZDR_MAX_CHECKERS];
	is_known = zdr_is_from(checker, check);
	if (is_known && check->packet && checker->last_packet == check->packet)
		return;
	zdr_count_check(checks, verdict);
	if (is_known && !zdr_is_silent(checker, now_boot_ns)) {
		checker->interval_ms = zdr_next_interval(checker->interval_ms, now_boot_ns - checker->last_boot_ns);
		if (checker->asks < 0xffff)
			checker->asks++;
	} else {
		__builtin_memcpy(checker->from, check->from, sizeof(checker->from));
		checker->role = check->role;
		checker->hook = check->hook;
		checker->interval_ms = 0;
		checker->asks = 1;
		checker->refused_streak = 0;
		checker->redirected_streak = 0;
	}
	checker->last_boot_ns = now_boot_ns;
	checker->last_packet = check->packet;
	if (verdict == ZDR_REFUSE) {
		checker->redirected_streak = 0;
		if (checker->refused_streak < 0xffff)
			checker->refused_streak++;
	} else {
		checker->refused_streak = 0;
		if (checker->redirected_streak < 0xffff)
			checker->redirected_streak++;
	}
}

#endif
