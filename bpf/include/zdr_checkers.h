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
#define ZDR_NS_PER_S 1000000000ull
#define ZDR_SILENT_INTERVALS 3 /* a checker that was silent for longer is gone, or begins anew */
/* The time between two asks that are no habit: what comes so seldom checks nothing. */
#define ZDR_LONGEST_INTERVAL_MS 600000u

/* zdr_checker.refused_streak: a number up to the longest, and whether it was the drain port that answered each time. */
#define ZDR_LONGEST_STREAK 0x7fffu
#define ZDR_SOFTENED 0x8000u

/* One connection to a status port. */
struct zdr_check {
	__u32 from[4];	   /* as zdr_checker.from */
	__u32 port_or_pid; /* as zdr_checker.port_or_pid */
	__u8 role;
	__u8 hook;
};

/* 1 where the number is negative, 0 elsewhere; opaque, so that no compiler knows of the two and makes a branch. */
static inline __attribute__((always_inline)) __u64 zdr_is_negative(__u64 number)
{
	__asm__ volatile("" : "+r"(number));
	number >>= 63;
	__asm__ volatile("" : "+r"(number));
	return number;
}

/* 1 where the entry is somebody else's, or unused. Another host is its address, a checker of this host one process. */
static inline __attribute__((always_inline)) __u64 zdr_is_other(const struct zdr_checker *checker,
								const struct zdr_check *check)
{
	__u32 is_process = (__u32)check->hook - ZDR_HOOK_LOOKUP; /* all bits, or none */
	__u64 differs = (checker->from[0] ^ check->from[0]) | (checker->from[1] ^ check->from[1]) |
			(checker->from[2] ^ check->from[2]) | (checker->from[3] ^ check->from[3]) |
			((checker->port_or_pid ^ check->port_or_pid) & is_process) |
			(__u32)(checker->role ^ check->role) | (__u32)(checker->hook ^ check->hook);

	return zdr_is_negative(0 - differs) | zdr_is_negative((__u64)checker->asks - 1);
}

/* 1 where the checker fell silent; one whose interval is not known gets long. */
static inline __attribute__((always_inline)) __u64 zdr_is_silent(const struct zdr_checker *checker, __u64 now_boot_ns)
{
	__u64 is_unused = zdr_is_negative((__u64)checker->asks - 1);
	__u64 is_unknown = zdr_is_negative((__u64)checker->interval_ms - 1) - is_unused;
	__u64 interval_ms = checker->interval_ms + is_unknown * (ZDR_LONGEST_INTERVAL_MS / ZDR_SILENT_INTERVALS);

	return zdr_is_negative(checker->last_boot_ns + ZDR_SILENT_INTERVALS * interval_ms * ZDR_NS_PER_MS -
			       now_boot_ns);
}

/*
 * 1 where the checker was refused when it asked last, and not for long: it has the server down, or will have, and may
 * ask far more seldom meanwhile (HAProxy's downinter).
 */
static inline __attribute__((always_inline)) __u64 zdr_is_out(const struct zdr_checker *checker, __u64 now_boot_ns)
{
	__u64 is_answered = zdr_is_negative((__u64)checker->refused_streak - 1);
	__u64 is_once = zdr_is_negative((__u64)checker->asks - 2);
	__u64 is_long_ago =
	    zdr_is_negative(checker->last_boot_ns + ZDR_LONGEST_INTERVAL_MS * ZDR_NS_PER_MS - now_boot_ns);

	return 1 - (is_answered | is_once | is_long_ago);
}

/*
 * What it costs to give an entry to who makes a check, the cheapest first: its own is 0; then an unused one, then that
 * of a checker that fell silent, then that of one that asked only once, then that of one that was refused and may only
 * pause, longest ago first. The entry of a checker that asks again and again costs too much for everyone. A check takes
 * an entry that costs less than its max_cost. Without a branch: a verifier would follow each of them for every entry.
 */
#define ZDR_COST_OWN 1ull	   /* max_cost: the checker's own entry alone */
#define ZDR_COST_FREE (1ull << 54) /* ... or one that nobody needs */
#define ZDR_COST_ANY (1ull << 55)  /* ... or one that nobody is known to need */
static inline __attribute__((always_inline)) __u64 zdr_eviction_cost(const struct zdr_checker *checker,
								     const struct zdr_check *check, __u64 now_boot_ns)
{
	__u64 is_habit = 1 - zdr_is_negative((__u64)checker->asks - 2);
	__u64 is_live = 1 - zdr_is_silent(checker, now_boot_ns);
	__u64 may_pause = (1 - is_live) & zdr_is_out(checker, now_boot_ns);

	return zdr_is_other(checker, check) * (1 + (checker->last_boot_ns >> 10) + (is_live << (54 + is_habit)) +
					       (may_pause << 54) + (may_pause << 53));
}

/*
 * The index of the cheapest of count entries for a check; at least ZDR_MAX_ENTRIES if each costs max_cost or more: a
 * flood of strangers displaces no checker.
 */
#define ZDR_MAX_ENTRIES 16
static inline __attribute__((always_inline)) __u64 zdr_find_entry(const struct zdr_checker *entries, __u32 count,
								  const struct zdr_check *check, __u64 now_boot_ns,
								  __u64 max_cost)
{
	__u64 worst = max_cost * ZDR_MAX_ENTRIES, best = worst; /* cost and index in one number */
	__u32 i;

	for (i = 0; i < count; i++) {
		__u64 mine = zdr_eviction_cost(&entries[i], check, now_boot_ns) * ZDR_MAX_ENTRIES + i;

		best -= (best - mine) * zdr_is_negative(mine - best);
	}
	return best % ZDR_MAX_ENTRIES + (1 - zdr_is_negative(best - worst)) * ZDR_MAX_ENTRIES;
}

/*
 * Longer at once, shorter little by little: several processes of one name ask at uneven intervals. Quicker where the
 * checker is just answered well again: it may have paused before.
 */
static inline __attribute__((always_inline)) __u32 zdr_next_interval(__u32 interval_ms, __u64 passed_ns,
								     __u32 redirected_streak)
{
	__u32 quarters = redirected_streak - 1 < 2 ? 3 : 1;

	__u64 passed_ms = passed_ns / ZDR_NS_PER_MS;

	if (!passed_ms)
		passed_ms = 1;
	if (passed_ms >= interval_ms)
		return (__u32)passed_ms;
	return interval_ms - (interval_ms - (__u32)passed_ms) / 4 * quarters;
}

/*
 * Whether this is the connection that was noted last: its packets may be looked up more than once (sent again, SYN
 * cookies, a rule of the firewall that looks for sockets). By the checker's own port, which may come again, but not at
 * once: within half an interval and a little, and not much more than the four seconds after which TCP sends a packet
 * again at most; while no interval is known, within a short while. However short the interval, a handshake takes as
 * long as the way to the checker and back.
 */
#define ZDR_SHORTEST_ATTEMPT_NS (50 * ZDR_NS_PER_MS)
#define ZDR_LONGEST_ATTEMPT_NS (5000 * ZDR_NS_PER_MS)
#define ZDR_FIRST_ATTEMPT_NS (200 * ZDR_NS_PER_MS)
#define ZDR_RESENT_NS (500 * ZDR_NS_PER_MS) /* TCP does so after a second, and others look twice at once */
#define ZDR_RESENT (1u << 31)		    /* of a port in port_or_pid: its refusal did not arrive */
static inline __attribute__((always_inline)) int zdr_is_again(const struct zdr_checker *checker,
							      const struct zdr_check *check, __u64 now_boot_ns)
{
	__u64 window_ns = checker->interval_ms ? checker->interval_ms * ZDR_NS_PER_MS / 16 * 9 : ZDR_FIRST_ATTEMPT_NS;

	if (window_ns > ZDR_LONGEST_ATTEMPT_NS)
		window_ns = ZDR_LONGEST_ATTEMPT_NS;
	if (window_ns < ZDR_SHORTEST_ATTEMPT_NS)
		window_ns = ZDR_SHORTEST_ATTEMPT_NS;
	return check->hook == ZDR_HOOK_LOOKUP && check->port_or_pid &&
	       (checker->port_or_pid & ~ZDR_RESENT) == check->port_or_pid &&
	       now_boot_ns - checker->last_boot_ns < window_ns;
}

/* A record's overflowed_boot_s for a moment. */
static inline __attribute__((always_inline)) __u32 zdr_second_after(__u64 boot_ns)
{
	return (__u32)(boot_ns / ZDR_NS_PER_S) + 1;
}

/* Not atomic: the caller holds checks->lock. */
static inline __attribute__((always_inline)) void zdr_count_check(struct zdr_checks *checks, __u32 verdict)
{
	if (verdict == ZDR_REDIRECT)
		checks->redirected++;
	else
		checks->refused++;
}

/*
 * The interval of a checker that asks again. After a silence it is not known any more. One that was refused may have
 * the server down, and ask far more seldom then (HAProxy's downinter): that is not its interval.
 */
static inline __attribute__((always_inline)) __u32 zdr_interval_now(const struct zdr_checker *checker,
								    __u64 now_boot_ns)
{
	if (!zdr_is_silent(checker, now_boot_ns))
		return zdr_next_interval(checker->interval_ms, now_boot_ns - checker->last_boot_ns,
					 checker->redirected_streak);
	return checker->refused_streak ? checker->interval_ms : 0;
}

/*
 * One more refusal. Those that the drain port answered and those that nobody did are no streak together: HAProxy takes
 * a server out for one of the former, and for `fall` of the latter.
 */
static inline __attribute__((always_inline)) __u16 zdr_next_refused(__u16 streak, __u32 verdict)
{
	__u16 kind = verdict == ZDR_SOFTEN ? ZDR_SOFTENED : 0;

	if ((streak & ZDR_SOFTENED) != kind)
		streak = kind;
	return (streak & ZDR_LONGEST_STREAK) < ZDR_LONGEST_STREAK ? (__u16)(streak + 1) : streak;
}

static inline __attribute__((always_inline)) void
zdr_note_at(struct zdr_checker *checker, const struct zdr_check *check, __u32 verdict, __u64 now_boot_ns, int is_known)
{
	if (is_known && now_boot_ns - checker->last_boot_ns <= ZDR_LONGEST_INTERVAL_MS * ZDR_NS_PER_MS) {
		checker->interval_ms = zdr_interval_now(checker, now_boot_ns);
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
	checker->port_or_pid = check->port_or_pid;
	if (verdict == ZDR_REDIRECT) {
		checker->refused_streak = 0;
		if (checker->redirected_streak < 0xffff)
			checker->redirected_streak++;
	} else {
		checker->redirected_streak = 0;
		checker->refused_streak = zdr_next_refused(checker->refused_streak, verdict);
	}
}

/* Its latest refusal, once, however often its SYN comes again. */
static inline __attribute__((always_inline)) void zdr_take_back(struct zdr_checker *checker, __u64 now_boot_ns)
{
	if (checker->refused_streak & ZDR_LONGEST_STREAK && !(checker->port_or_pid & ZDR_RESENT))
		checker->refused_streak--;
	checker->port_or_pid |= ZDR_RESENT;
	checker->last_boot_ns = now_boot_ns;
}

/* What zdr_note_in() did. */
#define ZDR_NO_ENTRY 0	 /* nothing: every entry costs max_cost or more */
#define ZDR_NOTED 1	 /* noted; the caller counts it */
#define ZDR_SENT_AGAIN 2 /* nothing: it is the check that was noted last */

/*
 * Notes a check that got this verdict in one of the entries of a record, of which there are count (a constant). Not
 * atomic: the caller holds the record's lock.
 */
static inline __attribute__((always_inline)) int zdr_note_in(struct zdr_checker *entries, __u32 count,
							     const struct zdr_check *check, __u32 verdict,
							     __u64 now_boot_ns, __u64 max_cost)
{
	__u64 index = zdr_find_entry(entries, count, check, now_boot_ns, max_cost);
	__u64 any = *(const volatile __u64 *)&entries[0].last_boot_ns;
	struct zdr_checker *checker;
	int is_known;

	/* Out and back, so that the verifier knows nothing of the index and follows what comes after only once. */
	index += any;
	__asm__ volatile("" : "+r"(index));
	index -= any;
	__asm__ volatile("" : "+r"(index)); /* the very number that is compared now is the index later */
	if (index >= count)
		return ZDR_NO_ENTRY;
	checker = &entries[index];
	is_known = !zdr_is_other(checker, check);
	/* A refusal that did not hold, since another program gave the connection a socket, is none; */
	if (is_known && zdr_is_again(checker, check, now_boot_ns) &&
	    (verdict != ZDR_REDIRECT || !(checker->refused_streak || checker->port_or_pid & ZDR_RESENT))) {
		/* nor is one that did not arrive, so that the checker asks again. */
		if (verdict != ZDR_REDIRECT && now_boot_ns - checker->last_boot_ns >= ZDR_RESENT_NS)
			zdr_take_back(checker, now_boot_ns);
		return ZDR_SENT_AGAIN;
	}
	zdr_note_at(checker, check, verdict, now_boot_ns, is_known);
	return ZDR_NOTED;
}

#endif
