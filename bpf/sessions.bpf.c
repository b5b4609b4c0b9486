// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * The sessions on the servers' app ports: an iterator over the TCP sockets of the network namespace that is served,
 * read through its pin. Health checks are left out: one that was given the app's listener lives on the status port, and
 * the others are known by what the redirecting programs noted of them.
 */
#include "redirect.bpf.h"
#include "tcp_sock.bpf.h"
#include "zdr_session.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#define NEXT 0
#define STOP_HERE 1 /* read on later, from this socket on */

struct bpf_tcp_iter_state {
	unsigned int cur_sk;
	unsigned int end_sk;
} __attribute__((preserve_access_index));

/*
 * Kernels before 6.16, without a fix that later 6.1 and 6.12 have too, remember where they stopped as a number of
 * sockets in a bucket of the hash table, so one that closes before they go on makes them miss another. Hence they stop
 * at the first of a bucket only: there, if the buffer might not hold all of it.
 */
static __always_inline int must_stop_here(struct seq_file *seq)
{
	struct bpf_tcp_iter_state *state = seq->private;
	__u64 room = seq->size - seq->count;

	if (!seq->count || room > seq->size / 2 || !bpf_core_field_exists(state->cur_sk))
		return 0;
	/* A buffer that is full to the last byte counts as too small (seq_has_overflowed()). */
	return BPF_CORE_READ(state, cur_sk) == 0 && BPF_CORE_READ(state, end_sk) * sizeof(struct zdr_session) >= room;
}

static __always_inline void write_connection(struct zdr_session *out, const struct sock_common *skc)
{
	write_local_address(out->local, skc);
	if (skc->skc_family == AF_INET6 && bpf_core_field_exists(skc->skc_v6_daddr))
		copy_address(out->remote, skc->skc_v6_daddr.in6_u.u6_addr32);
	else
		map_v4(out->remote, skc->skc_daddr);
	out->local_port = bpf_htons(skc->skc_num);
	out->remote_port = skc->skc_dport;
}

/* Whether this is the app's end of a check whose client end the programs have seen. */
static __always_inline int is_noted_check(const struct zdr_session *session, const struct tcp_sock *tcp)
{
	__u32 *first_sequence = local_check(session->remote_port);
	struct zdr_flow_key key;

	/* Where the client's numbers began tells a check from a session that has its port since. */
	if (first_sequence && *first_sequence == tcp->rcv_nxt - (__u32)tcp->bytes_received - 1)
		return 1;
	__builtin_memcpy(key.checker, session->remote, sizeof(key.checker));
	__builtin_memcpy(key.server, session->local, sizeof(key.server));
	key.checker_port = session->remote_port;
	key.server_port = session->local_port;
	return bpf_map_lookup_elem(&zdr_flows, &key) != NULL;
}

/*
 * Who spoke last, by the numbers of bytes: the last acknowledgement of what was sent here came with (or before) bytes
 * that the other side sent. The kernel's times cannot tell within one tick, the time between two requests.
 */
static __always_inline int was_asked_last(const struct tcp_sock *tcp, __u32 fin)
{
	if (tcp->bytes_received == fin) /* nothing came, not counting the end */
		return 0;
	return !tcp->bytes_sent || tcp->rcv_nxt - fin != tcp->snd_wl1;
}

static __always_inline void write_activity(struct zdr_session *out, const struct tcp_sock *tcp, __u32 fin)
{
	__u32 now = bpf_jiffies64();
	__u32 unread = tcp->rcv_nxt - tcp->copied_seq;

	out->sent_ticks = now - tcp->lsndtime;
	out->received_ticks = now - tcp->inet_conn.icsk_ack.lrcvtime;
	out->unread = unread > fin ? unread - fin : 0;
	out->undelivered = tcp->write_seq - tcp->snd_una;
	if (was_asked_last(tcp, fin))
		out->flags |= ZDR_SESSION_ASKED_LAST;
}

/* The kernel's cookies count from 1, so none has the highest bit. */
static __always_inline __u64 cookie_of(struct tcp_sock *tcp)
{
	struct mptcp_subflow_context *subflow = NULL;

	if (bpf_core_field_exists(tcp->is_mptcp) && bpf_core_field_exists(subflow->token) && tcp->is_mptcp) {
		subflow = BPF_CORE_READ(tcp, inet_conn.icsk_ulp_data);
		return 1ull << 63 | BPF_CORE_READ(subflow, token);
	}
	return bpf_get_socket_cookie(tcp);
}

SEC("iter/tcp")
int zdr_sessions(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct zdr_session session = {};
	struct zdr_instance *instance;
	struct tcp_sock *tcp;
	int is_server, is_client;

	if (!skc) /* the end */
		return NEXT;
	if (must_stop_here(ctx->meta->seq))
		return STOP_HERE;
	if (skc->skc_state != BPF_TCP_ESTABLISHED && skc->skc_state != BPF_TCP_CLOSE_WAIT)
		return NEXT;
	if (!is_served(skc))
		return NEXT;
	is_server = is_app_port(bpf_htons(skc->skc_num));
	is_client = is_app_port(skc->skc_dport);
	if (!is_server && !is_client)
		return NEXT;
	tcp = bpf_skc_to_tcp_sock(skc);
	if (!tcp)
		return NEXT;
	if (is_client && bpf_sk_storage_get(&zdr_sockets, tcp, NULL, 0))
		session.flags |= ZDR_SESSION_CHECKER;
	else if (!is_server)
		return NEXT;
	write_connection(&session, skc);
	if (!session.flags && is_noted_check(&session, tcp))
		return NEXT;
	instance = is_server ? bpf_sk_storage_get(&zdr_instance, tcp, NULL, 0) : NULL;
	session.instance_port = instance ? instance->port : session.local_port;
	session.cookie = cookie_of(tcp);
	write_activity(&session, tcp, skc->skc_state == BPF_TCP_CLOSE_WAIT);
	bpf_seq_write(ctx->meta->seq, &session, sizeof(session)); /* where it does not fit, the kernel asks again */
	return NEXT;
}
