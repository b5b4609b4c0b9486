/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The registry of listeners, as those who enter sockets share it: sockops.bpf.c at the moment at which one begins to
 * listen, listeners.bpf.c those that listen already.
 */
#ifndef ZDR_LISTENERS_BPF_H
#define ZDR_LISTENERS_BPF_H

#include <linux/errno.h>

#include "maps.bpf.h"

/* A listener that zdr_listeners does not take: its server's checks are rewritten. */
static __always_inline void count_unregistered(void)
{
	struct zdr_activity *counts = activity();

	if (counts)
		__sync_fetch_and_add(&counts->unregistered, 1);
}

#endif
