// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * Checks from other hosts, at tc ingress: the packet that opens a connection to a status port is given to the app's
 * listening socket, so that the connection lives on the status port, and the kernel does the rest: no NAT, no
 * conntrack, no table of flows. Refusal is lookup.bpf.c's. Where no socket can be given, rewrite.bpf.h is the other
 * way. Every return of PASS hands the packet on as if zdr were not there.
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "packet.bpf.h"
#include "redirect.bpf.h"
#include "rewrite.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#define PASS -1 /* TCX_NEXT and TC_ACT_UNSPEC: on to the next program, and into the stack */
#define AF_INET 2
#define AF_INET6 10
#define VLAN_ID_MASK 0x0fff

struct mptcp_sock {
} __attribute__((preserve_access_index));

/* A tagged packet is the VLAN device's, whose own hook sees it untagged; tag 0 is priority alone. */
static __always_inline int is_of_vlan(struct __sk_buff *skb)
{
	return skb->vlan_present && skb->vlan_tci & VLAN_ID_MASK;
}

static __always_inline int read_segment(struct __sk_buff *skb, struct segment *out)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return read_v4(skb, out);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return read_v6(skb, out);
	return -1;
}

/* Whether the kernel would deliver the packet here rather than forward it: asked of its own routing tables. */
static __always_inline int is_for_this_host(struct __sk_buff *skb, const struct segment *segment)
{
	struct bpf_fib_lookup route = {
	    .l4_protocol = IPPROTO_TCP,
	    .sport = segment->source_port,
	    .dport = segment->dest_port,
	    .ifindex = skb->ifindex,
	};
	long answer;

	if (segment->is_v6) {
		route.family = AF_INET6;
		__builtin_memcpy(route.ipv6_src, segment->source, sizeof(route.ipv6_src));
		__builtin_memcpy(route.ipv6_dst, segment->dest, sizeof(route.ipv6_dst));
	} else {
		route.family = AF_INET;
		route.ipv4_src = segment->source[3];
		route.ipv4_dst = segment->dest[3];
	}
	answer = bpf_fib_lookup(skb, &route, sizeof(route), 0);
	return answer == BPF_FIB_LKUP_RET_NOT_FWDED || answer == BPF_FIB_LKUP_RET_FWD_DISABLED;
}

/*
 * Whether the packet belongs to a connection that lives on the status port, open or half-open. A listener there is
 * nobody's connection; a connection in TIME_WAIT gives way to a new one, as it would to a listener's.
 */
static __always_inline int has_own_socket(struct __sk_buff *skb, const struct segment *segment, int is_first)
{
	struct bpf_sock *sk = find_socket(skb, segment, segment->source_port, segment->dest_port);
	int state;

	if (!sk)
		return 0;
	state = sk->state;
	bpf_sk_release(sk);
	return state != BPF_TCP_LISTEN && !(is_first && state == BPF_TCP_TIME_WAIT);
}

/* Gives the packet to the listener of the app port; 0 where there is one and it can take it. */
static __always_inline int assign_listener(struct __sk_buff *skb, const struct segment *segment, __be16 app_port)
{
	/* Port 0 is nobody's, so this finds the listener and never the checker's own traffic to the app. */
	struct bpf_sock *sk = find_socket(skb, segment, 0, app_port);
	long error;

	if (!sk)
		return -1;
	error = sk->state == BPF_TCP_LISTEN ? bpf_sk_assign(skb, sk, 0) : -1;
	bpf_sk_release(sk);
	return error ? -1 : 0;
}

/* A connection through a refused status port ends: here by the reset, and at the checker when it sends again. */
static __always_inline int reset_connection(struct __sk_buff *skb, const struct segment *segment)
{
	struct zdr_flow_key outer = ingress_flow_key(segment);
	struct zdr_flow ports;

	if (!remove_flow(&outer, &ports)) {
		write_reset(skb, segment);
		write_ports(skb, segment, ports.checker_port, ports.server_port);
	} else if (has_own_socket(skb, segment, 0)) {
		write_reset(skb, segment);
	}
	return PASS;
}

/* A checker's reset, as HAProxy ends its checks, ends a socket's connection by itself; a rewritten one needs its ports.
 */
static __always_inline int pass_reset(struct __sk_buff *skb, const struct segment *segment)
{
	struct zdr_flow_key outer = ingress_flow_key(segment);
	struct zdr_flow ports;

	if (!remove_flow(&outer, &ports))
		write_ports(skb, segment, ports.checker_port, ports.server_port);
	return PASS;
}

static __always_inline int redirect(struct __sk_buff *skb, const struct segment *segment, int is_first,
				    const struct zdr_target *target)
{
	struct zdr_flow_key outer = ingress_flow_key(segment);
	struct zdr_flow *flow = bpf_map_lookup_elem(&zdr_flows, &outer);
	struct zdr_flow ports = {};

	if (flow)
		ports = *flow;
	/* A first packet sent again has its flow; another one has only the same ports, and gets a new one. */
	if (flow && (!is_first || has_reverse(&outer, &ports))) {
		write_ports(skb, segment, ports.checker_port, ports.server_port);
		return PASS;
	}
	if (has_own_socket(skb, segment, is_first))
		return PASS;
	if (!assign_listener(skb, segment,
			     target->app_port)) /* not first: the last step of a handshake by SYN cookie */
		return PASS;
	if (is_first && !create_flow(skb, segment, target->app_port, &ports))
		write_ports(skb, segment, ports.checker_port, ports.server_port);
	return PASS;
}

/* The packet that opens a connection is the check. */
static __always_inline __u32 decide_first(const struct segment *segment, const struct tcphdr *tcp,
					  const struct zdr_target *target)
{
	struct zdr_check check = {.hook = ZDR_HOOK_TC, .packet = tcp->seq ^ segment->source_port};

	__builtin_memcpy(check.from, segment->source, sizeof(check.from));
	return decide_and_note(target, &check);
}

static __always_inline int steer(struct __sk_buff *skb, const struct segment *segment)
{
	struct zdr_target *target = find_target(segment->dest, segment->dest_port);
	struct tcphdr tcp;
	__u32 verdict;
	int is_first;

	if (!target) /* the port of another address */
		return PASS;
	if (load(skb, segment->tcp_offset, &tcp, sizeof(tcp)) || is_cut_off(skb, segment, &tcp))
		return PASS;
	if (!is_for_this_host(skb, segment)) /* on its way to another host */
		return PASS;
	if (tcp.rst)
		return pass_reset(skb, segment);
	is_first = tcp.syn && !tcp.ack;
	verdict = is_first ? decide_first(segment, &tcp, target) : decide(target);
	if (verdict == ZDR_REDIRECT)
		return redirect(skb, segment, is_first, target);
	if (is_first) /* lookup.bpf.c refuses it, and the kernel sends the reset */
		return PASS;
	return reset_connection(skb, segment);
}

SEC("tc")
int zdr_ingress(struct __sk_buff *skb)
{
	struct segment segment = {};
	__be16 peeked[2];

	if (skb->pkt_type != ZDR_PACKET_HOST || is_of_vlan(skb)) /* on the link, or in its VLAN, it is another's */
		return PASS;
	if (!peek_ports(skb, peeked) && !is_status_port(peeked[1])) /* nearly every packet */
		return PASS;
	if (read_segment(skb, &segment) || !is_status_port(segment.dest_port))
		return PASS;
	return steer(skb, &segment);
}

/* Notes a check as its first packet leaves, before the app has a socket for it. */
static __always_inline void note_local_check(struct __sk_buff *skb)
{
	struct segment segment = {};
	struct tcphdr tcp;
	__u32 *first_sequence;

	if (read_segment(skb, &segment) || load(skb, segment.tcp_offset, &tcp, sizeof(tcp)) || !tcp.syn)
		return;
	first_sequence = local_check(segment.source_port);
	if (first_sequence)
		*first_sequence = bpf_ntohl(tcp.seq);
}

/*
 * A connection that this host's connect() took through a status port which is refused now: its next segment ends it at
 * the app, whose host answers the one after that with a reset.
 */
static __always_inline void reset_refused_connection(struct __sk_buff *skb, struct zdr_redirected_socket *redirected)
{
	struct segment segment = {};

	if (redirected->is_reset || decide(&redirected->target) != ZDR_REFUSE)
		return;
	if (read_segment(skb, &segment) || segment.dest_port != redirected->target.app_port)
		return;
	redirected->is_reset = 1;
	write_reset(skb, &segment);
}

/* What the socket of a packet asked connect() for; of MPTCP, as its first packet leaves, what the whole connection did.
 */
static __always_inline struct zdr_redirected_socket *find_redirected_socket(struct bpf_sock *sk)
{
	struct zdr_redirected_socket *redirected = bpf_sk_storage_get(&zdr_sockets, sk, NULL, 0);
	struct mptcp_sock *whole;

	if (redirected || sk->state != BPF_TCP_SYN_SENT || !bpf_core_type_exists(struct mptcp_sock))
		return redirected;
	whole = bpf_skc_to_mptcp_sock(sk);
	return whole ? bpf_sk_storage_get(&zdr_sockets, whole, NULL, 0) : NULL;
}

/* A packet of a socket whose connect() was redirected. */
static __always_inline void look_at_redirected_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;
	struct zdr_redirected_socket *redirected = sk ? find_redirected_socket(sk) : NULL;

	if (!redirected)
		return;
	if (sk->state == BPF_TCP_SYN_SENT)
		note_local_check(skb);
	else
		reset_refused_connection(skb, redirected);
}

/* The way back of a rewritten connection. */
static __always_inline void restore_ports(struct __sk_buff *skb)
{
	struct segment segment = {};
	struct zdr_port_bits *bits;
	struct zdr_flow_key inner;
	struct zdr_flow *flow;
	__be16 peeked[2];

	if (!peek_ports(skb, peeked)) {
		bits = port_bits(peeked[0]);
		if (!bits || !has_port(bits->app, peeked[0])) /* nearly every packet */
			return;
	}
	if (read_segment(skb, &segment))
		return;
	bits = port_bits(segment.source_port);
	if (!bits || !has_port(bits->app, segment.source_port))
		return;
	__builtin_memcpy(inner.checker, segment.dest, sizeof(inner.checker));
	__builtin_memcpy(inner.server, segment.source, sizeof(inner.server));
	inner.checker_port = segment.dest_port;
	inner.server_port = segment.source_port;
	flow = bpf_map_lookup_elem(&zdr_flows, &inner);
	if (flow) {
		struct zdr_flow ports = *flow;

		write_ports(skb, &segment, ports.server_port, ports.checker_port);
	}
}

SEC("tc")
int zdr_egress(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct zdr_meta *meta = bpf_map_lookup_elem(&zdr_meta, &zero);

	look_at_redirected_socket(skb);
	if (meta && meta->flows_created) /* some connection was rewritten */
		restore_ports(skb);
	return PASS;
}
