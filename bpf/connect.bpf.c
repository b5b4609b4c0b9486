// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * The hooks on this host's own sockets, in a cgroup: connect() to a status port goes to the app or is refused,
 * connect() to an app port goes to the instance that is active, getpeername() shows the port that was asked for, and
 * bind() to a status port is refused. Decided once a call; no packet is touched. Returning 1 lets the call go on.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>

#include "find_listener.bpf.h"
#include "local_address.bpf.h"
#include "process_name.bpf.h"
#include "redirect.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define PROCEED 1
#define DENY 0

static __always_inline int is_ours(struct bpf_sock_addr *ctx)
{
	return (ctx->protocol == IPPROTO_TCP || ctx->protocol == IPPROTO_MPTCP) &&
	       bpf_get_netns_cookie(ctx) == zdr_netns_cookie;
}

static __always_inline void v6_address(struct bpf_sock_addr *ctx, __be32 address[4])
{
	address[0] = ctx->user_ip6[0];
	address[1] = ctx->user_ip6[1];
	address[2] = ctx->user_ip6[2];
	address[3] = ctx->user_ip6[3];
}

static __always_inline int is_unspecified(const __be32 address[4])
{
	return !address[0] && !address[1] && !address[3] && (!address[2] || address[2] == bpf_htonl(0xffff));
}

/* Connecting to 0.0.0.0 or :: means loopback (ip(7), tcp_v6_connect()). */
static __always_inline void resolve_unspecified(__be32 address[4])
{
	if (is_unspecified(address))
		address[3] = address[2] ? bpf_htonl(0x7f000001) : bpf_htonl(1);
}

/* Where nothing listens at the port of a decision, it is as if the server had no such port. */
static __always_inline struct zdr_decision decide_by_listeners(const struct zdr_target *target, const __be32 address[4])
{
	struct zdr_decision decision = decide(target, address);

	if (decision.verdict == ZDR_REFUSE || decision.port == target->app_port || has_listener(address, decision.port))
		return decision;
	decision.verdict = decision.verdict == ZDR_SOFTEN ? ZDR_REFUSE : ZDR_REDIRECT;
	decision.port = target->app_port;
	return decision;
}

static __always_inline int check_to(struct bpf_sock_addr *ctx, const struct zdr_target *target,
				    const struct zdr_decision *decision)
{
	struct zdr_check check = {.hook = ZDR_HOOK_CGROUP};
	struct zdr_redirected_socket *redirected;

	read_process_name(&check.from);
	check.port_or_pid = read_process_id();
	if (decision->verdict == ZDR_REFUSE) {
		note_refusal(target, &check);
		bpf_set_retval(-ECONNREFUSED);
		return DENY;
	}
	redirected = bpf_sk_storage_get(&zdr_sockets, ctx->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (redirected) { /* without it the redirect works, but shows the app port, and is not counted */
		redirected->asked_port = ctx->user_port;
		redirected->target = *target;
		redirected->target.app_port = decision->port;
		if (decision->verdict == ZDR_SOFTEN)
			redirected->target.flags |= ZDR_DRAINED;
		__builtin_memcpy(redirected->from, check.from, sizeof(check.from));
		redirected->pid = check.port_or_pid;
	}
	ctx->user_port = decision->port;
	return PROCEED;
}

static __always_inline int connect_to(struct bpf_sock_addr *ctx, __be32 address[4])
{
	struct zdr_decision decision;
	struct zdr_target *target;

	resolve_unspecified(address);
	target = find_target(address, ctx->user_port);
	if (!target) /* the port of another address: not ours */
		return PROCEED;
	if (target->flags & ZDR_ANY_ADDRESS && !is_local_address(ctx->sk, address)) /* another host's */
		return PROCEED;
	decision = decide_by_listeners(target, address);
	if (target->role != ZDR_TRAFFIC_PORT)
		return check_to(ctx, target, &decision);
	ctx->user_port = decision.port;
	return PROCEED;
}

SEC("cgroup/connect4")
int zdr_connect4(struct bpf_sock_addr *ctx)
{
	__be32 address[4];

	if (!is_redirected_port(ctx->user_port) || !is_ours(ctx))
		return PROCEED;
	map_v4(address, ctx->user_ip4);
	return connect_to(ctx, address);
}

SEC("cgroup/connect6")
int zdr_connect6(struct bpf_sock_addr *ctx)
{
	__be32 address[4];

	if (!is_redirected_port(ctx->user_port) || !is_ours(ctx))
		return PROCEED;
	v6_address(ctx, address);
	return connect_to(ctx, address);
}

/* A socket that was not redirected, or was connected anew elsewhere since, shows its peer as it is. */
static __always_inline int show_asked_port(struct bpf_sock_addr *ctx)
{
	struct zdr_redirected_socket *redirected = bpf_sk_storage_get(&zdr_sockets, ctx->sk, NULL, 0);

	if (redirected && redirected->target.app_port == ctx->user_port)
		ctx->user_port = redirected->asked_port;
	return PROCEED;
}

SEC("cgroup/getpeername4")
int zdr_getpeername4(struct bpf_sock_addr *ctx)
{
	return show_asked_port(ctx);
}

SEC("cgroup/getpeername6")
int zdr_getpeername6(struct bpf_sock_addr *ctx)
{
	return show_asked_port(ctx);
}

/* All addresses at once would include a server's; one address is looked up. Port 0 and other ports are free. */
static __always_inline int bind_to(struct bpf_sock_addr *ctx, __be32 address[4])
{
	__be16 port = ctx->user_port;
	struct zdr_target *target;
	int taken;

	if (is_unspecified(address)) {
		struct zdr_port_bits *bits = port_bits(port);

		taken = bits && has_port(bits->bind, port);
	} else {
		target = find_target(address, port);
		taken = target && target->role != ZDR_TRAFFIC_PORT;
	}
	if (!taken)
		return PROCEED;
	bpf_set_retval(-EADDRINUSE);
	return DENY;
}

SEC("cgroup/bind4")
int zdr_bind4(struct bpf_sock_addr *ctx)
{
	__be32 address[4];

	if (!is_redirected_port(ctx->user_port) || !is_ours(ctx))
		return PROCEED;
	map_v4(address, ctx->user_ip4);
	return bind_to(ctx, address);
}

SEC("cgroup/bind6")
int zdr_bind6(struct bpf_sock_addr *ctx)
{
	__be32 address[4];

	if (!is_redirected_port(ctx->user_port) || !is_ours(ctx))
		return PROCEED;
	v6_address(ctx, address);
	return bind_to(ctx, address);
}
