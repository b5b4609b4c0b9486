// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * Checks from other hosts, where the kernel looks for a listening socket in this network namespace: after firewall, NAT
 * and routing, on every interface. A refused status port has none, whatever listens there, so the kernel answers as for
 * a closed port; a ready one has the app's, and the connection lives on the status port: no packet is touched. Likewise
 * connections to an app port whose app is at another port have that one's listener.
 */
#include <linux/in.h>

#include "find_listener.bpf.h"
#include "redirect.bpf.h"
#include "tcp_sock.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

/*
 * Gives the connection to a registered listener of this address and port; 0 where one took it. A global function, which
 * the verifier looks at once and not for each of the places that a listener may be bound to.
 */
__weak __noinline int assign(struct bpf_sk_lookup *ctx, const struct zdr_listener_key *first)
{
	struct zdr_listener_key key;

	if (!first)
		return -1;
	key = *first; /* Linux 6.1 takes a map's key from the function's own stack alone */
	for (__u32 i = 0; i < ZDR_LISTENER_INDEXES; i++) {
		struct bpf_sock *sk;
		long error = -1;

		if (i == ZDR_USUAL_LISTENERS && !is_crowded())
			return -1;
		key.index = i;
		sk = bpf_map_lookup_elem(&zdr_listeners, &key);
		if (!sk)
			continue;
		/* What the kernel would ask of a listener itself. One for IPv6 alone refuses IPv4 in the assignment. */
		if (sk->state == BPF_TCP_LISTEN && (!sk->bound_dev_if || sk->bound_dev_if == ctx->ingress_ifindex))
			error = bpf_sk_assign(ctx, sk, BPF_SK_LOOKUP_F_REPLACE);
		bpf_sk_release(sk);
		if (!error)
			return 0;
	}
	return -1;
}

/* 0 where a listener took the connection, as has_listener() looks for it. */
static __always_inline int assign_listener(struct bpf_sk_lookup *ctx, const __be32 address[4], __be16 port)
{
	struct zdr_listener_key key = {.port = port};

	copy_address(key.address, address);
	if (!assign(ctx, &key))
		return 0;
	if (ctx->family == AF_INET) {
		key.address[3] = 0;
		if (!assign(ctx, &key))
			return 0;
	}
	map_v4(key.address, 0);
	key.address[2] = 0;
	return assign(ctx, &key);
}

/*
 * For sockops.bpf.c, which counts the check when it is answered: also one that is refused here, to which a program that
 * comes after this one gives a socket.
 */
static __always_inline void remember(struct bpf_sk_lookup *ctx, const struct zdr_target *target, __be16 port,
				     __u8 flags)
{
	struct looked_up *last = looked_up();

	if (!last)
		return;
	last->target = *target;
	last->target.flags |= flags;
	read_address(last->from, ctx, remote);
	last->remote_port = ctx->remote_port;
	last->local_port = port;
}

/* 0 where a listener took a check; where nothing listens at the active port, the app port's does. */
static __always_inline int assign_by_decision(struct bpf_sk_lookup *ctx, const struct zdr_target *target,
					      const struct zdr_decision *decision, const __be32 address[4])
{
	if (decision->verdict == ZDR_REFUSE)
		return -1;
	if (decision->port != target->app_port && !assign_listener(ctx, address, decision->port))
		return 0;
	if (decision->verdict == ZDR_SOFTEN || target->flags & ZDR_PUBLISHED)
		return -1;
	return assign_listener(ctx, address, target->app_port);
}

SEC("sk_lookup")
int zdr_lookup(struct bpf_sk_lookup *ctx)
{
	struct zdr_check check = {.hook = ZDR_HOOK_LOOKUP, .port_or_pid = ctx->remote_port};
	__be16 port = bpf_htons(ctx->local_port);
	struct zdr_decision decision;
	struct zdr_target *target;
	__be32 address[4];

	if (ctx->protocol != IPPROTO_TCP || !is_redirected_port(port))
		return SK_PASS;
	read_address(address, ctx, local);
	target = find_target(address, port);
	if (!target)
		return SK_PASS;
	decision = decide(target, address);
	if (target->role == ZDR_TRAFFIC_PORT) {
		if (decision.port != port)
			assign_listener(ctx, address, decision.port);
		return SK_PASS;
	}
	if (!assign_by_decision(ctx, target, &decision, address)) {
		remember(ctx, target, port, decision.verdict == ZDR_SOFTEN ? ZDR_DRAINED : 0);
		return SK_PASS;
	}
	if (decision.verdict == ZDR_REDIRECT)
		return SK_PASS;
	read_address(check.from, ctx, remote);
	remember(ctx, target, port, 0);
	if (!ctx->sk) /* else another program has given it a socket, and that holds */
		note_refusal(target, &check);
	return SK_DROP;
}
