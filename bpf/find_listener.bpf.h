/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * Where listeners are looked for, in the order in which the kernel would: on that very address, then on every address,
 * of IPv6 for IPv4, too.
 */
#ifndef ZDR_FIND_LISTENER_BPF_H
#define ZDR_FIND_LISTENER_BPF_H

#include "maps.bpf.h"

static __always_inline int is_crowded(void)
{
	struct zdr_activity *counts = activity();

	return counts && counts->is_crowded;
}

/* Whether one listens on this address and port. A global function, which the verifier looks at once. */
__weak __noinline int has_listener_at(const struct zdr_listener_key *first)
{
	struct zdr_listener_key key;

	if (!first)
		return 0;
	key = *first; /* Linux 6.1 takes a map's key from the function's own stack alone */
	for (__u32 i = 0; i < ZDR_LISTENER_INDEXES; i++) {
		struct bpf_sock *sk;
		int listens;

		if (i == ZDR_USUAL_LISTENERS && !is_crowded())
			return 0;
		key.index = i;
		sk = bpf_map_lookup_elem(&zdr_listeners, &key);
		if (!sk)
			continue;
		listens = sk->state == BPF_TCP_LISTEN;
		bpf_sk_release(sk);
		if (listens)
			return 1;
	}
	return 0;
}

/* Whether a registered socket would take a connection to this address and port. */
static __always_inline int has_listener(const __be32 address[4], __be16 port)
{
	struct zdr_listener_key key = {.port = port};

	copy_address(key.address, address);
	if (has_listener_at(&key))
		return 1;
	if (!address[0] && !address[1] && address[2] == bpf_htonl(0xffff)) {
		key.address[3] = 0;
		if (has_listener_at(&key))
			return 1;
	}
	map_v4(key.address, 0);
	key.address[2] = 0;
	return has_listener_at(&key);
}

#endif
