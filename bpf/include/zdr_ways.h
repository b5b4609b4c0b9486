/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Where else than to their app ports some servers' ports may lead, and what the programs remember of the listeners
 * there.
 */
#ifndef ZDR_WAYS_H
#define ZDR_WAYS_H

#include <linux/types.h>

#include "zdr_state.h"

#define ZDR_MAP_WAYS "zdr_ways"
#define ZDR_MAP_INSTANCES "zdr_instances"
#define ZDR_MAP_INSTANCE "zdr_instance"
#define ZDR_MAP_BEGAN "zdr_began"

/* zdr_ways, a trie by slot: where else than to their app ports some servers' ports may lead (ZDR_HAS_WAYS). */
struct zdr_ways {
	__u16 first_instance; /* the ports at which instances may be active, host byte order; 0: none */
	__u16 last_instance;
	__be16 drain_port; /* where the status port leads in state drain; 0: nowhere, it is refused */
	__u16 zero;
};

/* zdr_instances, an array by port / 64: a bit for each port at which instances of some server may be active, and for
 * drain ports: what is accepted there remembers the port. */

/*
 * zdr_instance, kept with listeners at these ports, and with the connections that they accept: which port that is. A
 * connection that was given the listener lives on another.
 */
struct zdr_instance {
	__be16 port;
	__u16 zero;
};

/*
 * zdr_began, an LRU hash: when a socket last began to listen on an app port (CLOCK_BOOTTIME, in nanoseconds), by where.
 * What listened before the hooks is not there, and the oldest go: then a state that lasts until somebody listens stays.
 */
#define ZDR_MAX_BEGAN 256
struct zdr_place {
	__be32 address[4]; /* as zdr_listener_key.address */
	__be16 port;
	__u16 zero;
};

ZDR_ASSERT_SIZE(struct zdr_ways, 8);
ZDR_ASSERT_SIZE(struct zdr_instance, 4);
ZDR_ASSERT_SIZE(struct zdr_place, 20);

#endif
