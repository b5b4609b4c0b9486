/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/*
 * From a packet to the TCP connection it belongs to. Reads relative to the network header, so that it does not matter
 * whether the device has Ethernet headers (VLAN, veth), or none (tun, WireGuard). Whatever is not a whole, plain TCP
 * segment is not a segment: its reader passes it on.
 */
#ifndef ZDR_PACKET_BPF_H
#define ZDR_PACKET_BPF_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"

#define IP_FRAGMENT_BITS 0x3fff /* more fragments, and the offset */
#define IPV6_MAX_EXTENSIONS 8	/* headers looked through before TCP; more is nobody's health check */
#define ZDR_PACKET_HOST 0	/* PACKET_HOST of linux/if_packet.h: addressed to this host on the link */

#define NEXTHDR_HOP 0
#define NEXTHDR_ROUTING 43
#define NEXTHDR_DEST 60

/* Where a TCP segment is in its packet, and its connection. */
struct segment {
	__u32 tcp_offset; /* of the TCP header from the network header */
	__u32 end;	  /* end of the packet according to its IP header, from the network header */
	__u32 is_v6;
	__be32 source[4]; /* IPv4 as ::ffff:a.b.c.d */
	__be32 dest[4];
	__be16 source_port;
	__be16 dest_port;
};

static __always_inline long load(struct __sk_buff *skb, __u32 offset, void *to, __u32 size)
{
	return bpf_skb_load_bytes_relative(skb, offset, to, size, BPF_HDR_START_NET);
}

/* 0 where it is one. The common case, a header without options, takes one load together with the ports. */
static __always_inline int read_v4(struct __sk_buff *skb, struct segment *out)
{
	struct {
		struct iphdr ip;
		__be16 ports[2];
	} head;
	__u32 length, header;

	if (load(skb, 0, &head, sizeof(head)))
		return -1;
	header = head.ip.ihl * 4;
	length = bpf_ntohs(head.ip.tot_len);
	if (head.ip.version != 4 || header < sizeof(head.ip) || head.ip.protocol != IPPROTO_TCP)
		return -1;
	if (head.ip.frag_off & bpf_htons(IP_FRAGMENT_BITS)) /* the ports may be elsewhere */
		return -1;
	if (length < header + sizeof(struct tcphdr))
		return -1;
	if (header != sizeof(head.ip) && load(skb, header, head.ports, sizeof(head.ports)))
		return -1;
	out->tcp_offset = header;
	out->end = length;
	out->is_v6 = 0;
	map_v4(out->source, head.ip.saddr);
	map_v4(out->dest, head.ip.daddr);
	out->source_port = head.ports[0];
	out->dest_port = head.ports[1];
	return 0;
}

/* Whether TCP is looked for behind a header of this kind; behind others (fragments, IPsec, UDP, ...) there is none. */
static __always_inline int is_skipped(__u8 next)
{
	return next == NEXTHDR_HOP || next == NEXTHDR_ROUTING || next == NEXTHDR_DEST;
}

/* The offset of the TCP header behind extension headers, 0 where there is none: another protocol, or a fragment. */
static __always_inline __u32 skip_extensions(struct __sk_buff *skb, __u8 next)
{
	struct {
		__u8 next;
		__u8 length;
	} extension;
	__u32 offset = sizeof(struct ipv6hdr);

	for (int i = 0; i < IPV6_MAX_EXTENSIONS; i++) {
		if (next == IPPROTO_TCP)
			return offset;
		if (!is_skipped(next))
			return 0;
		if (load(skb, offset, &extension, sizeof(extension)))
			return 0;
		next = extension.next;
		offset += (extension.length + 1) * 8;
	}
	return next == IPPROTO_TCP ? offset : 0;
}

static __always_inline int read_v6(struct __sk_buff *skb, struct segment *out)
{
	struct {
		struct ipv6hdr ip;
		__be16 ports[2];
	} head;
	__u32 header = sizeof(head.ip), length;

	if (load(skb, 0, &head, sizeof(head)))
		return -1;
	if (head.ip.version != 6)
		return -1;
	if (head.ip.nexthdr != IPPROTO_TCP) {
		header = skip_extensions(skb, head.ip.nexthdr);
		if (!header || load(skb, header, head.ports, sizeof(head.ports)))
			return -1;
	}
	length = bpf_ntohs(head.ip.payload_len) + sizeof(head.ip);
	if (length < header + sizeof(struct tcphdr))
		return -1;
	out->tcp_offset = header;
	out->end = length;
	out->is_v6 = 1;
	__builtin_memcpy(out->source, &head.ip.saddr, sizeof(out->source));
	__builtin_memcpy(out->dest, &head.ip.daddr, sizeof(out->dest));
	out->source_port = head.ports[0];
	out->dest_port = head.ports[1];
	return 0;
}

/*
 * A look at the ports without a call, which most packets need no more of: 0 where they are certain, and both 0 for what
 * is no TCP. Only behind an Ethernet header that cannot be an IP header, and for plain packets; read the segment
 * otherwise.
 */
static __always_inline int peek_ports(struct __sk_buff *skb, __be16 ports[2])
{
	struct {
		struct ethhdr ethernet;
		struct iphdr ip;
		__be16 ports[2];
	} __attribute__((packed)) *v4 = (void *)(long)skb->data;
	struct {
		struct ethhdr ethernet;
		struct ipv6hdr ip;
		__be16 ports[2];
	} __attribute__((packed)) *v6 = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	__u8 first;

	ports[0] = 0;
	ports[1] = 0;
	if ((void *)(v4 + 1) > end)
		return -1;
	first = v4->ethernet.h_dest[0] >> 4;
	if (first == 4 || first == 6 || v4->ethernet.h_proto != skb->protocol)
		return -1;
	if (v4->ethernet.h_proto == bpf_htons(ETH_P_IP)) {
		if (v4->ip.version != 4 || v4->ip.ihl != 5)
			return -1;
		if (v4->ip.protocol != IPPROTO_TCP)
			return 0;
		ports[0] = v4->ports[0];
		ports[1] = v4->ports[1];
		return 0;
	}
	if (v4->ethernet.h_proto != bpf_htons(ETH_P_IPV6) || (void *)(v6 + 1) > end || is_skipped(v6->ip.nexthdr))
		return -1;
	if (v6->ip.nexthdr != IPPROTO_TCP)
		return 0;
	ports[0] = v6->ports[0];
	ports[1] = v6->ports[1];
	return 0;
}

/*
 * The socket that a segment between the same addresses would go to, with these ports, or null: a connection's, or a
 * listener's. The caller releases it.
 */
static __always_inline struct bpf_sock *find_socket(struct __sk_buff *skb, const struct segment *segment,
						    __be16 source_port, __be16 dest_port)
{
	struct bpf_sock_tuple tuple = {};

	if (segment->is_v6) {
		__builtin_memcpy(tuple.ipv6.saddr, segment->source, sizeof(tuple.ipv6.saddr));
		__builtin_memcpy(tuple.ipv6.daddr, segment->dest, sizeof(tuple.ipv6.daddr));
		tuple.ipv6.sport = source_port;
		tuple.ipv6.dport = dest_port;
		return bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	}
	tuple.ipv4.saddr = segment->source[3];
	tuple.ipv4.daddr = segment->dest[3];
	tuple.ipv4.sport = source_port;
	tuple.ipv4.dport = dest_port;
	return bpf_skc_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
}

#endif
