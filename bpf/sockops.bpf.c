// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * What happens to the sockets of a cgroup: one begins to listen on an app port, and is registered; a connection through
 * a status port is answered, and now it is a check that succeeded; it is established; it closes. Every new connection
 * of the host comes here some times, so what is not ours leaves after a look at its port. Always returns 1, and never
 * writes reply: the answers are for other programs to give.
 */
#include "listeners.bpf.h"
#include "process_name.bpf.h"
#include "redirect.bpf.h"
#include "tcp_sock.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#define GO_ON 1

static __always_inline int is_ours(struct bpf_sock_ops *ctx)
{
	return bpf_get_netns_cookie(ctx) == zdr_netns_cookie;
}

static __always_inline __be16 local_port(struct bpf_sock_ops *ctx)
{
	return bpf_htons(ctx->local_port);
}

static __always_inline __be16 remote_port(struct bpf_sock_ops *ctx)
{
	return bpf_htons(bpf_ntohl(ctx->remote_port));
}

/* Whether the process that calls listen() holds the port for a container: what it accepts says nothing about the app.
 */
static __always_inline int is_port_holder(void)
{
	__u64 name[2] = {};

	read_process_name(&name);
	for (__u32 i = 0; i < PORT_HOLDERS && zdr_port_holders[i][0]; i++)
		if (name[0] == zdr_port_holders[i][0] && name[1] == zdr_port_holders[i][1])
			return 1;
	return 0;
}

static __always_inline void note_index(struct bpf_sock *sk, __u32 index)
{
	struct zdr_listening *listening = bpf_sk_storage_get(&zdr_listening, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (listening)
		listening->index = index;
}

/* The first free index of the address and port; where there is none, a random one changes hands. */
static __always_inline void register_listener(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct zdr_listener_key key = {.port = local_port(ctx)};
	long error = -EEXIST;

	read_address(key.address, ctx, local);
	for (__u32 i = 0; i < ZDR_LISTENER_INDEXES && error == -EEXIST; i++) {
		key.index = i;
		error = bpf_sock_hash_update(ctx, &zdr_listeners, &key, BPF_NOEXIST);
	}
	if (error == -EEXIST) {
		key.index = bpf_get_prandom_u32() % ZDR_LISTENER_INDEXES;
		error = bpf_sock_hash_update(ctx, &zdr_listeners, &key, BPF_ANY);
	}
	if (error)
		return count_unregistered();
	note_index(sk, key.index);
	note_instance(sk, key.port);
	note_crowd(key.index);
}

/* For states that last until somebody listens. */
static __always_inline void note_began(struct bpf_sock_ops *ctx)
{
	struct zdr_place place = {.port = local_port(ctx)};
	__u64 now = bpf_ktime_get_boot_ns();

	read_address(place.address, ctx, local);
	bpf_map_update_elem(&zdr_began, &place, &now, BPF_ANY);
}

static __always_inline void on_listen(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	if (!is_app_port(local_port(ctx)) || !is_ours(ctx))
		return;
	if (!is_port_holder()) {
		note_began(ctx);
		return register_listener(ctx, sk);
	}
	note_index(sk, ZDR_HOLDS_PORT);
	count_unregistered();
}

/* What this socket asked connect() for; null: no status port. */
static __always_inline struct zdr_redirected_socket *record_of(struct bpf_sock *sk)
{
	return bpf_sk_storage_get(&zdr_sockets, sk, NULL, 0);
}

/* An MPTCP connection asks for what it is connected to, and its first part does it. */
static __always_inline struct zdr_redirected_socket *take_record_of_whole(struct bpf_sock *part)
{
	struct mptcp_sock *whole = bpf_core_type_exists(struct mptcp_sock) ? bpf_skc_to_mptcp_sock(part) : NULL;
	struct zdr_redirected_socket *asked = whole ? bpf_sk_storage_get(&zdr_sockets, whole, NULL, 0) : NULL;
	struct zdr_redirected_socket *out = NULL;

	if (asked && !asked->is_open)
		out = bpf_sk_storage_get(&zdr_sockets, part, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (out) {
		*out = *asked;
		asked->is_open = ZDR_OPEN;
	}
	return out;
}

/* A check is about to leave: the app's end of it will be known by where its numbers begin. */
static __always_inline void on_connect(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct tcp_sock *tcp;
	__u32 *first_sequence;

	if (!is_app_port(remote_port(ctx)) || !(record_of(sk) || take_record_of_whole(sk)))
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	first_sequence = local_check(local_port(ctx));
	if (tcp && first_sequence)
		*first_sequence = tcp->write_seq;
}

/* From both sides: the connection is open until STATE_CB says that it is closed. */
static __always_inline void count_open(struct bpf_sock_ops *ctx, struct zdr_redirected_socket *redirected)
{
	struct zdr_activity *counts = activity();

	if (!counts || bpf_sock_ops_cb_flags_set(ctx, ctx->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG))
		return;
	redirected->is_open = ZDR_OPEN;
	__sync_fetch_and_add(&counts->open_checks, 1);
}

static __always_inline void on_established_here(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct zdr_check check = {.hook = ZDR_HOOK_CGROUP};
	struct zdr_redirected_socket *redirected;

	if (!is_app_port(remote_port(ctx)))
		return;
	redirected = record_of(sk);
	if (!redirected || redirected->is_open)
		return;
	__builtin_memcpy(check.from, redirected->from, sizeof(check.from));
	check.port_or_pid = redirected->pid;
	check.role = redirected->target.role;
	note_check(redirected->target.slot, &check, verdict_of(&redirected->target));
	count_open(ctx, redirected);
}

/*
 * A check of another host has succeeded: the app's listener answers its connection request. Not first when the
 * connection is established, since it never is where HAProxy answers the answer with a reset. (A request has no address
 * that can be trusted here, so that is what the look-up of this very packet has seen.)
 */
static __always_inline void note_answered(struct bpf_sock_ops *ctx)
{
	struct zdr_check check = {.hook = ZDR_HOOK_LOOKUP};
	struct looked_up *last = looked_up();

	if (!last || last->local_port != local_port(ctx) || last->remote_port != remote_port(ctx))
		return;
	last->local_port = 0;
	copy_address(check.from, last->from);
	check.port_or_pid = last->remote_port;
	check.role = last->target.role;
	note_check(last->target.slot, &check, verdict_of(&last->target));
}

static __always_inline void on_request(struct bpf_sock_ops *ctx)
{
	if (!ctx->is_fullsock && is_redirected_port(local_port(ctx)) && is_ours(ctx))
		note_answered(ctx);
}

/* Whether the connection is one to the drain port: it remembers the port of its listener. */
static __always_inline __u8 drained_flag(struct bpf_sock *sk, const struct zdr_target *target)
{
	struct zdr_ways *ways = ways_of(target);
	struct zdr_instance *instance = ways ? bpf_sk_storage_get(&zdr_instance, sk, NULL, 0) : NULL;

	return instance && instance->port == ways->drain_port ? ZDR_DRAINED : 0;
}

static __always_inline void on_accepted(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct zdr_redirected_socket *redirected;
	struct zdr_target *target;
	__be16 port = local_port(ctx);
	__be32 address[4];

	if (!is_redirected_port(port) || !is_ours(ctx))
		return;
	note_answered(ctx); /* under SYN cookies the request was not seen */
	read_address(address, ctx, local);
	target = find_target(address, port);
	if (!target || target->role == ZDR_TRAFFIC_PORT)
		return;
	redirected = bpf_sk_storage_get(&zdr_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!redirected)
		return;
	redirected->target = *target;
	redirected->target.flags |= drained_flag(sk, target);
	redirected->asked_port = port;
	count_open(ctx, redirected);
}

static __always_inline void on_state(struct bpf_sock_ops *ctx, struct bpf_sock *sk)
{
	struct zdr_redirected_socket *redirected;
	struct zdr_activity *counts = activity();

	if (ctx->args[1] != BPF_TCP_CLOSE || !counts)
		return;
	redirected = record_of(sk);
	if (!redirected || !redirected->is_open)
		return;
	redirected->is_open = 0;
	__sync_fetch_and_add(&counts->open_checks, -1);
}

SEC("sockops")
int zdr_sockops(struct bpf_sock_ops *ctx)
{
	__u32 op = ctx->op;
	struct bpf_sock *sk;

	if (op == BPF_SOCK_OPS_RWND_INIT) {
		on_request(ctx);
		return GO_ON;
	}
	if (op != BPF_SOCK_OPS_TCP_LISTEN_CB && op != BPF_SOCK_OPS_TCP_CONNECT_CB &&
	    op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB && op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB &&
	    op != BPF_SOCK_OPS_STATE_CB)
		return GO_ON;
	sk = ctx->sk;
	if (!sk)
		return GO_ON;
	if (op == BPF_SOCK_OPS_TCP_CONNECT_CB)
		on_connect(ctx, sk);
	else if (op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB)
		on_established_here(ctx, sk);
	else if (op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		on_accepted(ctx, sk);
	else if (op == BPF_SOCK_OPS_STATE_CB)
		on_state(ctx, sk);
	else
		on_listen(ctx, sk);
	return GO_ON;
}
