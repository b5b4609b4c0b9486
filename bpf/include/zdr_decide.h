/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * What happens to a connection to a status port: the one decision that every hook asks. Pure, without helpers or maps,
 * so that the unit tests call the very code that runs in the kernel.
 */
#ifndef ZDR_DECIDE_H
#define ZDR_DECIDE_H

#include "zdr_abi.h"

#define ZDR_REDIRECT 0u /* on to the app port */
#define ZDR_REFUSE 1u	/* as a closed port would */

/*
 * The state in force at now_boot_ns (CLOCK_BOOTTIME): an expired flip is ready again, and so is a server whose state
 * cannot be found (null), or holds what this version does not know: doubt never refuses.
 */
static inline __u32 zdr_effective_state(const struct zdr_state *state, __u64 now_boot_ns)
{
	if (!state || state->state > ZDR_MAINT)
		return ZDR_READY;
	if (state->expires_boot_ns && now_boot_ns >= state->expires_boot_ns)
		return ZDR_READY;
	return state->state;
}

/*
 * ready redirects both status ports, drain only the backup one, maint none. The verdict for one status port follows
 * from its role and the effective state alone; without a backup status port, maint and drain are the same.
 */
static inline __u32 zdr_decide(__u32 role, const struct zdr_state *state, __u64 now_boot_ns)
{
	__u32 effective = zdr_effective_state(state, now_boot_ns);

	if (effective == ZDR_READY)
		return ZDR_REDIRECT;
	if (effective == ZDR_DRAIN && role == ZDR_BACKUP_STATUS_PORT)
		return ZDR_REDIRECT;
	return ZDR_REFUSE;
}

#endif
