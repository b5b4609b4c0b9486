/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What happens to a connection to a server's port: the one decision that every hook asks. Pure, without helpers or
 * maps, so that the unit tests call the very code that runs in the kernel.
 */
#ifndef ZDR_DECIDE_H
#define ZDR_DECIDE_H

#include <bpf/bpf_endian.h>

#include "zdr_abi.h"

#define ZDR_REDIRECT 0u /* on to the app */
#define ZDR_REFUSE 1u	/* as a closed port would */
#define ZDR_SOFTEN 2u	/* on to the drain port, whose answer takes the server out; where nothing listens, refused */

struct zdr_decision {
	__u32 verdict;
	__be16 port; /* where the connection is led */
};

/*
 * The state in force at now_boot_ns (CLOCK_BOOTTIME): an expired flip is ready again, and so is a server whose state
 * cannot be found (null), or holds what this version does not know: doubt never refuses.
 */
static inline __u32 zdr_effective_state(const struct zdr_state *state, __u64 now_boot_ns)
{
	if (!state || state->state > ZDR_MAINT)
		return ZDR_READY;
	if (state->expires_boot_ms && now_boot_ns / 1000000 >= state->expires_boot_ms)
		return ZDR_READY;
	return state->state;
}

/*
 * Where the app is: the port that the group has written, as far as root lets instances listen there; in doubt the app
 * port.
 */
static inline __be16 zdr_active_port(const struct zdr_target *target, const struct zdr_ways *ways,
				     const struct zdr_state *state)
{
	if (!state || !ways || !ways->first_instance || state->active_port < ways->first_instance ||
	    state->active_port > ways->last_instance)
		return target->app_port;
	return bpf_htons(state->active_port);
}

/*
 * ready redirects both status ports, drain only the backup one, maint none. The verdict for one status port follows
 * from its role and the effective state alone; without a backup status port, maint and drain are the same, but for a
 * drain port. Traffic is never refused. ways: null where the server has none.
 */
static inline struct zdr_decision zdr_decide(const struct zdr_target *target, const struct zdr_ways *ways,
					     const struct zdr_state *state, __u64 now_boot_ns)
{
	__u32 effective = zdr_effective_state(state, now_boot_ns);
	struct zdr_decision to_app = {ZDR_REDIRECT, zdr_active_port(target, ways, state)};
	struct zdr_decision refused = {ZDR_REFUSE, 0};

	if (effective == ZDR_READY || target->role == ZDR_TRAFFIC_PORT)
		return to_app;
	if (effective == ZDR_DRAIN && target->role == ZDR_BACKUP_STATUS_PORT)
		return to_app;
	if (effective == ZDR_DRAIN && target->role == ZDR_STATUS_PORT && ways && ways->drain_port) {
		struct zdr_decision softened = {ZDR_SOFTEN, ways->drain_port};

		return softened;
	}
	return refused;
}

#endif
