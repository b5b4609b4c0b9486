/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * The registry of listeners, as those who enter sockets share it: sockops.bpf.c at the moment at which one begins to
 * listen, listeners.bpf.c those that listen already.
 */
#ifndef ZDR_LISTENERS_BPF_H
#define ZDR_LISTENERS_BPF_H

#include <linux/errno.h>

#include "redirect.bpf.h"

/* zdr_redirected_socket.is_open */
#define ZDR_OPEN 1
#define ZDR_ADOPTED 2 /* no hook saw it begin, and none will see it end */

/* A listener that zdr_listeners does not take: its server's checks are rewritten. */
static __always_inline void count_unregistered(void)
{
	struct zdr_activity *counts = activity();

	if (counts)
		__sync_fetch_and_add(&counts->unregistered, 1);
}

/* A listener is at a port that instances listen on: its connections will know. */
static __always_inline void note_instance(void *sk, __be16 port)
{
	struct zdr_instance *instance;

	if (!is_instance_port(port))
		return;
	instance = bpf_sk_storage_get(&zdr_instance, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (instance)
		instance->port = port;
}

/* A listener has this index: whoever looks for one must know how far to look. */
static __always_inline void note_crowd(__u32 index)
{
	struct zdr_activity *counts = index >= ZDR_USUAL_LISTENERS ? activity() : NULL;

	if (counts)
		counts->is_crowded = 1;
}

#endif
