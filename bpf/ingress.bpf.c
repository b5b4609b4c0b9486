// SPDX-License-Identifier: (GPL-2.0-only OR MIT)
/*
 * The second way for a remote check, for what lookup.bpf.c has no listener to give: a port that is published from a
 * container, and a listener that zdr_listeners does not take. At tc, before NAT, so that the check goes where the
 * traffic goes; see rewrite.bpf.h. Every return of PASS hands the packet on as if zdr were not there.
 */
#include "netns.bpf.h"
#include "packet.bpf.h"
#include "redirect.bpf.h"
#include "rewrite.bpf.h"

char _license[] SEC("license") = "Dual MIT/GPL";

#define PASS -1 /* TCX_NEXT and TC_ACT_UNSPEC: on to the next program, and into the stack */
#define AF_INET 2
#define AF_INET6 10
#define VLAN_ID_MASK 0x0fff

/* Whether any server of this host may need it: all that the packets of other hosts pay for. */
static __always_inline int is_needed(void)
{
	__u32 zero = 0;
	struct zdr_meta *meta = bpf_map_lookup_elem(&zdr_meta, &zero);
	struct zdr_activity *counts = activity();

	return (meta && meta->may_rewrite) || (counts && (counts->unregistered || counts->flows_created));
}

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct net_device {
	possible_net_t nd_net;
};
struct sk_buff {
	struct net_device *dev;
};
#pragma clang attribute pop

extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;

/* An interface that is moved to another network namespace takes its programs along, where they are tcx links. */
static __always_inline int is_elsewhere(struct __sk_buff *skb)
{
	const struct sk_buff *packet;

	if (!zdr_sees_netns)
		return 0;
	packet = bpf_cast_to_kern_ctx(skb);
	return !is_served_net(packet->dev->nd_net);
}

/* A tagged packet is the VLAN device's, whose own hook sees it untagged; tag 0 is priority alone. */
static __always_inline int is_of_vlan(struct __sk_buff *skb)
{
	return skb->vlan_present && skb->vlan_tci & VLAN_ID_MASK;
}

/* A global function, so that the verifier follows the branches of a header by themselves. */
__weak __noinline int read_segment(struct __sk_buff *skb, struct segment *out)
{
	if (!out)
		return -1;
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
 * Whether the server's checks are rewritten: it is published, or its listener is one that could not be registered, or
 * there is none: then it may be published since the latest load, and if not, the app port answers as any closed one.
 */
static __always_inline int is_rewritten(struct __sk_buff *skb, const struct segment *segment,
					const struct zdr_target *target)
{
	struct zdr_listening *listening;
	struct bpf_sock *sk;
	int out;

	if (target->flags & ZDR_PUBLISHED)
		return 1;
	/* Port 0 is nobody's, so this finds the listener and never the checker's own traffic to the app. */
	sk = find_socket(skb, segment, 0, target->app_port);
	if (!sk)
		return 1;
	listening = bpf_sk_storage_get(&zdr_listening, sk, NULL, 0);
	out = sk->state == BPF_TCP_LISTEN && (!listening || listening->index == ZDR_HOLDS_PORT);
	bpf_sk_release(sk);
	return out;
}

/* The packet that opens a connection to a ready server; what is not rewritten is lookup.bpf.c's. */
static __always_inline void open_flow(struct __sk_buff *skb, const struct segment *segment,
				      const struct zdr_target *target)
{
	struct zdr_flow ports = {};

	if (is_rewritten(skb, segment, target) && !create_flow(skb, segment, target->app_port, &ports))
		write_ports(skb, segment, ports.checker_port, ports.server_port);
}

/*
 * A packet of a connection that is rewritten. It ends with the checker's reset, as HAProxy ends its checks; or where it
 * is refused now, by a reset here, and at the checker when that sends again.
 */
static __always_inline void follow_flow(struct __sk_buff *skb, const struct segment *segment, const struct tcphdr *tcp,
					const struct zdr_target *target, const struct zdr_flow *ports)
{
	struct zdr_flow_key outer = ingress_flow_key(segment);
	struct zdr_flow removed;

	if (tcp->rst) {
		remove_flow(&outer, &removed);
	} else if (decide(target, NULL).verdict != ZDR_REDIRECT) {
		remove_flow(&outer, &removed);
		write_reset(skb, segment);
	}
	write_ports(skb, segment, ports->checker_port, ports->server_port);
}

static __always_inline int leads_to_app_port(const struct segment *segment, const struct zdr_target *target)
{
	struct zdr_decision decision = decide(target, segment->dest);

	return decision.verdict == ZDR_REDIRECT && decision.port == target->app_port;
}

static __always_inline int steer(struct __sk_buff *skb, const struct segment *segment)
{
	struct zdr_target *target = find_target(segment->dest, segment->dest_port);
	struct zdr_flow_key outer = ingress_flow_key(segment);
	struct zdr_flow ports = {}, *flow;
	struct tcphdr tcp;
	int is_first;

	if (!target || target->role == ZDR_TRAFFIC_PORT) /* the port of another address, or not one of checks */
		return PASS;
	if (load(skb, segment->tcp_offset, &tcp, sizeof(tcp)) || is_cut_off(skb, segment, &tcp))
		return PASS;
	if (!is_for_this_host(skb, segment)) /* on its way to another host */
		return PASS;
	is_first = tcp.syn && !tcp.ack && !tcp.rst;
	if (is_first && !leads_to_app_port(segment, target)) /* lookup.bpf.c's */
		return PASS;
	flow = bpf_map_lookup_elem(&zdr_flows, &outer);
	if (flow)
		ports = *flow;
	/* A first packet sent again has its flow; another one has only the same ports, and gets a new one. */
	if (flow && (!is_first || has_reverse(&outer, &ports)))
		follow_flow(skb, segment, &tcp, target, &ports);
	else if (is_first)
		open_flow(skb, segment, target);
	return PASS;
}

SEC("tc")
int zdr_ingress(struct __sk_buff *skb)
{
	struct segment segment = {};
	__be16 peeked[2];

	if (!is_needed()) /* on nearly every host */
		return PASS;
	if (is_elsewhere(skb))
		return PASS;
	if (skb->pkt_type != ZDR_PACKET_HOST || is_of_vlan(skb)) /* on the link, or in its VLAN, it is another's */
		return PASS;
	if (!peek_ports(skb, peeked) && !is_redirected_port(peeked[1])) /* nearly every packet */
		return PASS;
	if (read_segment(skb, &segment) || !is_redirected_port(segment.dest_port))
		return PASS;
	return steer(skb, &segment);
}

/* The app's answer to the packet that opened the connection: the check has succeeded. */
static __always_inline void note_answer(const struct segment *segment, const struct zdr_flow *ports)
{
	struct zdr_check check = {.hook = ZDR_HOOK_LOOKUP, .port_or_pid = ports->checker_port};
	struct zdr_target *target = find_target(segment->source, ports->server_port);

	if (!target)
		return;
	check.role = target->role;
	copy_address(check.from, segment->dest);
	note_check(target->slot, &check, ZDR_REDIRECT);
}

/* The way back of a rewritten connection. */
static __always_inline void restore_ports(struct __sk_buff *skb)
{
	struct segment segment = {};
	struct zdr_flow_key inner;
	struct zdr_flow *flow;
	__be16 peeked[2];

	if (!peek_ports(skb, peeked) && !is_app_port(peeked[0])) /* nearly every packet */
		return;
	if (read_segment(skb, &segment) || !is_app_port(segment.source_port))
		return;
	__builtin_memcpy(inner.checker, segment.dest, sizeof(inner.checker));
	__builtin_memcpy(inner.server, segment.source, sizeof(inner.server));
	inner.checker_port = segment.dest_port;
	inner.server_port = segment.source_port;
	flow = bpf_map_lookup_elem(&zdr_flows, &inner);
	if (flow) {
		struct zdr_flow ports = *flow;
		struct tcphdr tcp;

		if (!load(skb, segment.tcp_offset, &tcp, sizeof(tcp)) && tcp.syn && !tcp.rst)
			note_answer(&segment, &ports);
		write_ports(skb, &segment, ports.server_port, ports.checker_port);
	}
}

SEC("tc")
int zdr_egress(struct __sk_buff *skb)
{
	struct zdr_activity *counts = activity();

	if (counts && counts->flows_created && !is_elsewhere(skb))
		restore_ports(skb);
	return PASS;
}
