/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * How a connection is rewritten: the status port becomes the app port on the way in, and the app port the status port
 * on the way out. The checker's own port changes as well, to one that its traffic to the app port does not use: HAProxy
 * checks and sends from one range of ports, and two connections must not become one.
 */
#ifndef ZDR_REWRITE_BPF_H
#define ZDR_REWRITE_BPF_H

#include "maps.bpf.h"
#include "packet.bpf.h"

#define TCP_SOURCE_OFFSET 0
#define TCP_DEST_OFFSET 2
#define TCP_FLAGS_OFFSET 12 /* data offset, reserved bits and flags: 16 bits */
#define TCP_CHECK_OFFSET 16
#define TCP_FLAG_WORD_RST 0x0004

/* Ports above Linux's ephemeral range (32768 to 60999), which a checker's own traffic takes only if it is told to. */
#define FLOW_PORT_FIRST 61000
#define FLOW_PORT_COUNT 4536
#define FLOW_PORT_TRIES 16

/*
 * Where the TCP header is from the start of the packet's data, which a write needs: behind an Ethernet header, or on a
 * device that has none. -1 where it is at neither.
 */
static __always_inline int tcp_from_data(struct __sk_buff *skb, const struct segment *segment)
{
	__u64 header, there;

	if (load(skb, segment->tcp_offset, &header, sizeof(header)))
		return -1;
	if (!bpf_skb_load_bytes(skb, segment->tcp_offset, &there, sizeof(there)) && there == header)
		return segment->tcp_offset;
	if (!bpf_skb_load_bytes(skb, segment->tcp_offset + ETH_HLEN, &there, sizeof(there)) && there == header)
		return segment->tcp_offset + ETH_HLEN;
	return -1;
}

/* Whether something of what the packet says it has is missing: the stack drops that. */
static __always_inline int is_cut_off(struct __sk_buff *skb, const struct segment *segment, const struct tcphdr *tcp)
{
	int at = tcp_from_data(skb, segment);
	__u32 before = at < 0 ? 0 : at - segment->tcp_offset; /* the device's own header */
	__u32 header = tcp->doff * 4;

	return header < sizeof(*tcp) || segment->tcp_offset + header > segment->end || before + segment->end > skb->len;
}

/* Writes 16 bits of the TCP header, the checksum first: if that fails, nothing has changed. */
static __always_inline int write_tcp(struct __sk_buff *skb, __u32 tcp, __u32 field, __be16 from, __be16 to)
{
	if (from == to)
		return 0;
	if (bpf_l4_csum_replace(skb, tcp + TCP_CHECK_OFFSET, from, to, sizeof(to)))
		return -1;
	return bpf_skb_store_bytes(skb, tcp + field, &to, sizeof(to), 0);
}

static __always_inline void write_ports(struct __sk_buff *skb, const struct segment *segment, __be16 source,
					__be16 dest)
{
	int tcp = tcp_from_data(skb, segment);

	if (tcp < 0)
		return;
	write_tcp(skb, tcp, TCP_SOURCE_OFFSET, segment->source_port, source);
	write_tcp(skb, tcp, TCP_DEST_OFFSET, segment->dest_port, dest);
}

/* Makes the segment a reset of its own connection, for the socket here that gets it. */
static __always_inline void write_reset(struct __sk_buff *skb, const struct segment *segment)
{
	int tcp = tcp_from_data(skb, segment);
	__be16 flags;

	if (tcp < 0 || bpf_skb_load_bytes(skb, tcp + TCP_FLAGS_OFFSET, &flags, sizeof(flags)))
		return;
	write_tcp(skb, tcp, TCP_FLAGS_OFFSET, flags, flags | bpf_htons(TCP_FLAG_WORD_RST));
}

static __always_inline struct zdr_flow_key ingress_flow_key(const struct segment *segment)
{
	struct zdr_flow_key key;

	__builtin_memcpy(key.checker, segment->source, sizeof(key.checker));
	__builtin_memcpy(key.server, segment->dest, sizeof(key.server));
	key.checker_port = segment->source_port;
	key.server_port = segment->dest_port;
	return key;
}

/* The other entry of the flow that outer leads to. */
static __always_inline struct zdr_flow_key inner_flow_key(const struct zdr_flow_key *outer, const struct zdr_flow *flow)
{
	struct zdr_flow_key key = *outer;

	key.checker_port = flow->checker_port;
	key.server_port = flow->server_port;
	return key;
}

/* Whether the flow's way back is still its own: the table may have dropped it, or given its port to another. */
static __always_inline int has_reverse(const struct zdr_flow_key *outer, const struct zdr_flow *flow)
{
	struct zdr_flow_key inner = inner_flow_key(outer, flow);
	struct zdr_flow *back = bpf_map_lookup_elem(&zdr_flows, &inner);

	return back && back->checker_port == outer->checker_port && back->server_port == outer->server_port;
}

/* Removes a flow from the table; 0 where there was one. */
static __always_inline int remove_flow(const struct zdr_flow_key *outer, struct zdr_flow *out)
{
	struct zdr_flow *flow = bpf_map_lookup_elem(&zdr_flows, outer);
	struct zdr_flow_key inner;

	if (!flow)
		return -1;
	*out = *flow;
	if (has_reverse(outer, out)) {
		inner = inner_flow_key(outer, out);
		bpf_map_delete_elem(&zdr_flows, &inner);
	}
	bpf_map_delete_elem(&zdr_flows, outer);
	return 0;
}

/* Whether the checker has a connection of its own with this port to the app port. */
static __always_inline int is_port_taken(struct __sk_buff *skb, const struct segment *segment, __be16 checker_port,
					 __be16 app_port)
{
	struct bpf_sock *sk = find_socket(skb, segment, checker_port, app_port);
	int taken;

	if (!sk)
		return 0;
	taken = sk->state != BPF_TCP_LISTEN;
	bpf_sk_release(sk);
	return taken;
}

/*
 * A new flow for the first packet of a connection; 0 where it is made. Each side's entry leads to the other's ports.
 * Flows stay in the table after their connections, unless these end with a reset. So when no free port is found,
 * another flow, which is over most likely, loses its port: better than a check that fails. A global function, so that
 * the verifier follows its loop once, and not for each way that leads to it.
 */
__weak __noinline int create_flow(struct __sk_buff *skb, const struct segment *segment, __be16 app_port,
				  struct zdr_flow *out)
{
	struct zdr_flow_key outer, inner;
	struct zdr_flow there, back; /* on the stack: Linux 6.1 lets a map take no others */
	struct zdr_activity *counts = activity();

	if (!segment || !out)
		return -1;
	outer = ingress_flow_key(segment);
	inner = outer;
	inner.server_port = app_port;
	back.checker_port = segment->source_port;
	back.server_port = segment->dest_port;
	for (__u32 i = 0; i < FLOW_PORT_TRIES; i++) {
		inner.checker_port = bpf_htons(FLOW_PORT_FIRST + bpf_get_prandom_u32() % FLOW_PORT_COUNT);
		if (is_port_taken(skb, segment, inner.checker_port, app_port))
			continue;
		if (bpf_map_update_elem(&zdr_flows, &inner, &back, i + 1 < FLOW_PORT_TRIES ? BPF_NOEXIST : BPF_ANY))
			continue;
		there.checker_port = inner.checker_port;
		there.server_port = app_port;
		if (bpf_map_update_elem(&zdr_flows, &outer, &there, BPF_ANY)) {
			bpf_map_delete_elem(&zdr_flows, &inner);
			return -1;
		}
		*out = there;
		if (counts)
			__sync_fetch_and_add(&counts->flows_created, 1);
		return 0;
	}
	return -1;
}

#endif
