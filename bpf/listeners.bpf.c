// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * Iterators over the TCP sockets of the network namespace that is served, which give nothing to read: a read does the
 * work. They ask the same functions as the hooks, so they are safe in the hands of whoever may read them.
 */
#include "listeners.bpf.h"
#include "redirect.bpf.h"
#include "tcp_sock.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#define NEXT 0

/*
 * Enters a socket where it was entered before, unless that entry is somebody's; a new one at the first free index. None
 * is displaced: of each address and port, some socket is registered then.
 */
static __always_inline void register_listener(struct sock_common *skc, struct tcp_sock *tcp)
{
	struct zdr_listening *listening = bpf_sk_storage_get(&zdr_listening, tcp, NULL, 0);
	struct zdr_listener_key key = {.port = bpf_htons(skc->skc_num)};
	long error = -EEXIST;

	write_local_address(key.address, skc);
	if (listening) {
		if (listening->index == ZDR_HOLDS_PORT)
			return;
		key.index = listening->index;
		bpf_map_update_elem(&zdr_listeners, &key, skc, BPF_NOEXIST);
		return note_crowd(key.index);
	}
	for (__u32 i = 0; i < ZDR_LISTENER_INDEXES && error == -EEXIST; i++) {
		key.index = i;
		error = bpf_map_update_elem(&zdr_listeners, &key, skc, BPF_NOEXIST);
	}
	if (error && error != -EEXIST)
		return count_unregistered();
	listening = bpf_sk_storage_get(&zdr_listening, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (listening)
		listening->index = key.index;
	note_instance(tcp, key.port);
	note_crowd(key.index);
}

/*
 * A connection through a status port that no hook saw: it was there before them, or the app is outside of their cgroup.
 * A port that the kernel gives to whoever asks for none may be anybody's, on the way to somewhere else.
 */
static __always_inline void adopt(struct sock_common *skc)
{
	struct zdr_redirected_socket *redirected;
	struct zdr_activity *counts = activity();
	__be16 port = bpf_htons(skc->skc_num);
	struct zdr_target *target;
	struct tcp_sock *tcp;
	__be32 address[4];

	if (!is_redirected_port(port) || (skc->skc_num >= zdr_ephemeral[0] && skc->skc_num <= zdr_ephemeral[1]))
		return;
	tcp = bpf_skc_to_tcp_sock(skc);
	if (!tcp || !counts || bpf_sk_storage_get(&zdr_sockets, tcp, NULL, 0))
		return;
	write_local_address(address, skc);
	target = find_target(address, port);
	if (!target || target->role == ZDR_TRAFFIC_PORT)
		return;
	redirected = bpf_sk_storage_get(&zdr_sockets, tcp, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!redirected)
		return;
	redirected->target = *target;
	redirected->asked_port = port;
	redirected->is_open = ZDR_ADOPTED;
	__sync_fetch_and_add(&counts->open_checks, 1);
}

static __always_inline void look_at_socket(struct sock_common *skc)
{
	struct tcp_sock *tcp;

	if (!is_served(skc))
		return;
	if (skc->skc_state == BPF_TCP_ESTABLISHED)
		return adopt(skc);
	if (skc->skc_state != BPF_TCP_LISTEN || !is_app_port(bpf_htons(skc->skc_num)))
		return;
	tcp = bpf_skc_to_tcp_sock(skc);
	if (tcp)
		register_listener(skc, tcp);
	else /* MPTCP, as its file has it */
		count_unregistered();
}

SEC("iter/tcp")
int zdr_register(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;

	if (skc) /* null at the end */
		look_at_socket(skc);
	return NEXT;
}

/* The same for Linux before 6.5, where an iterator over TCP sockets must not enter them (it may hold their lock). */
SEC("iter/task_file")
int zdr_register_files(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct socket *socket = file ? bpf_sock_from_file(file) : NULL;
	struct sock *sk = socket ? socket->sk : NULL;

	if (sk)
		look_at_socket((struct sock_common *)sk);
	return NEXT;
}

extern int bpf_sock_destroy(struct sock_common *skc) __ksym __weak; /* Linux 6.5 */

/* Whether a connection of such a target would be led elsewhere now, or refused. */
static __always_inline int is_outdated(const struct zdr_target *target)
{
	return decide(target, NULL).verdict != (target->flags & ZDR_DRAINED ? ZDR_SOFTEN : ZDR_REDIRECT);
}

/*
 * Ends the connections through status ports that are refused, or led elsewhere: of other hosts by their port, of this
 * one by its record.
 */
SEC("iter/tcp")
int zdr_end_refused(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct zdr_redirected_socket *redirected;
	struct zdr_activity *counts;
	struct tcp_sock *tcp;

	if (!skc || skc->skc_state == BPF_TCP_LISTEN || skc->skc_state == BPF_TCP_TIME_WAIT || !is_served(skc))
		return NEXT;
	if (!is_redirected_port(bpf_htons(skc->skc_num)) && !is_app_port(skc->skc_dport))
		return NEXT;
	tcp = bpf_skc_to_tcp_sock(skc);
	if (!tcp)
		return NEXT;
	redirected = bpf_sk_storage_get(&zdr_sockets, tcp, NULL, 0);
	if (!redirected || !is_outdated(&redirected->target))
		return NEXT;
	counts = redirected->is_open == ZDR_ADOPTED ? activity() : NULL;
	if (!bpf_sock_destroy(skc) && counts)
		__sync_fetch_and_add(&counts->open_checks, -1);
	return NEXT;
}
